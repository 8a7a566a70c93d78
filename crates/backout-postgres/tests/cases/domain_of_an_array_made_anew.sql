-- Domain of an array made anew.
-- aside: 1
-- rows: dat

-- before
CREATE DOMAIN da AS int[];
CREATE TABLE dat (id int PRIMARY KEY, x da);
INSERT INTO dat VALUES (1, '{1}'), (2, NULL);

-- up
DROP DOMAIN da CASCADE;
CREATE DOMAIN da AS text[];
ALTER TABLE dat ADD x da;

-- since
UPDATE dat SET x = '{new}' WHERE id = 2;
