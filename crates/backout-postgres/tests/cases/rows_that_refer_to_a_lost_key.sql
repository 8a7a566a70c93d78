-- Rows that refer to a lost key.
-- rows: ri
-- rows: rt

-- before
CREATE TABLE ri (id int PRIMARY KEY, w text);
CREATE TABLE rt (id int PRIMARY KEY, f int REFERENCES ri, x int);
INSERT INTO ri VALUES (1, 'a');
INSERT INTO rt VALUES (1, 1, 5), (2, NULL, 6);

-- up
ALTER TABLE rt DROP COLUMN x;
WITH gone AS (DELETE FROM rt RETURNING *) SELECT count(*) FROM gone;
ALTER TABLE ri DROP COLUMN id CASCADE;
