-- Family grows and goes.
-- rows: gp
-- rows: gk

-- before
CREATE TABLE gp (id int PRIMARY KEY);
CREATE TABLE gk (n int) INHERITS (gp);
INSERT INTO gk VALUES (1, 2);

-- up
ALTER TABLE gp ADD COLUMN w text;
DROP TABLE gp CASCADE;
