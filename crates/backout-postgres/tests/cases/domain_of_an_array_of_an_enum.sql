-- Domain of an array of an enum.
-- rows: dat

-- before
CREATE TYPE ae AS ENUM ('s');
CREATE DOMAIN da AS ae[];
CREATE TABLE dat (id int PRIMARY KEY, x da);
INSERT INTO dat VALUES (1, '{s}'), (2, NULL);

-- up
DROP TABLE dat;
DROP DOMAIN da;
DROP TYPE ae;
