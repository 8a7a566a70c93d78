-- Domain of an array of a composite.
-- rows: dat

-- before
CREATE TYPE ac AS (a int, b text);
CREATE DOMAIN da AS ac[];
CREATE TABLE dat (id int PRIMARY KEY, x da, y int);
INSERT INTO dat VALUES (1, ARRAY[ROW(1, 'b')::ac]), (2, NULL);

-- up
ALTER TABLE dat DROP COLUMN x;
DROP DOMAIN da;
DROP TYPE ac;
