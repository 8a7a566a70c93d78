-- Domain of an array and its table.
-- rows: dat

-- before
CREATE DOMAIN da AS int[];
CREATE TABLE dat (id int PRIMARY KEY, x da);
INSERT INTO dat VALUES (1, '{1,2}'), (2, NULL);

-- up
DROP TABLE dat;
DROP DOMAIN da;
