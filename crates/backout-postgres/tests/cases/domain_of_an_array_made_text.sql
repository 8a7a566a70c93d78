-- Domain of an array made text.
-- rows: dat

-- before
CREATE DOMAIN da AS text[];
CREATE TABLE dat (id int PRIMARY KEY, x da, y da[]);
INSERT INTO dat VALUES (1, '{1,2}', ARRAY['{1}'::da]), (2, NULL, NULL);

-- up
ALTER TABLE dat ALTER x TYPE text, ALTER y TYPE text;
UPDATE dat SET x = 'x' WHERE id = 1;
DROP DOMAIN da;
