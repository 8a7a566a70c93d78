-- Drop schema.
-- rows: app.t

-- before
CREATE SCHEMA app;
CREATE TABLE app.t (id int PRIMARY KEY, v text);
INSERT INTO app.t SELECT i, 'v' FROM generate_series(1, 9) i;
CREATE VIEW app.v AS SELECT * FROM app.t;

-- up
DROP SCHEMA app CASCADE;
