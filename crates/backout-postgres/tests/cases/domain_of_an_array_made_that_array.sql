-- Domain of an array made that array.
-- rows: dat

-- before
CREATE DOMAIN da AS int[] CHECK (VALUE <> '{7}');
CREATE TABLE dat (id int PRIMARY KEY, x da);
INSERT INTO dat VALUES (1, '{1,2}'), (2, NULL);

-- up
ALTER TABLE dat ALTER x TYPE int[];
DROP DOMAIN da;
