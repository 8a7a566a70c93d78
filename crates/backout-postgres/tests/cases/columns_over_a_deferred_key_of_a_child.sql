-- Columns over a deferred key of a child.
-- verdict: exact, but for the order of the columns of

-- before
CREATE TABLE dk (id int PRIMARY KEY);
INSERT INTO dk VALUES (1);
CREATE TABLE dp (id serial PRIMARY KEY, a int NOT NULL, z int);
CREATE TABLE dc (k int REFERENCES dk DEFERRABLE INITIALLY DEFERRED, x int) INHERITS (dp);
INSERT INTO dc (a, z, k, x) VALUES (7, 8, 1, 9), (9, 9, 1, 1);

-- up
ALTER TABLE dp DROP COLUMN id;
ALTER TABLE dp DROP COLUMN a;
