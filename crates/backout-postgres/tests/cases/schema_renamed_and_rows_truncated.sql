-- Schema renamed and rows truncated.
-- rows: sa.t

-- before
CREATE SCHEMA sa;
CREATE TABLE sa.t (id serial PRIMARY KEY, n int);
INSERT INTO sa.t (n) VALUES (1), (2);
CREATE INDEX tn ON sa.t (n);

-- up
ALTER TABLE sa.t ADD COLUMN w int;
TRUNCATE sa.t;
ALTER SCHEMA sa RENAME TO sb;
CREATE TABLE sb.u (id int);

-- since
INSERT INTO sb.t (n) VALUES (7);
INSERT INTO sb.u VALUES (1);
