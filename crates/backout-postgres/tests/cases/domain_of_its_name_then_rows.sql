-- Domain of its name then rows.
-- rows: et

-- before
CREATE DOMAIN dm AS text;
CREATE TABLE et (id int PRIMARY KEY, x dm);
INSERT INTO et VALUES (1, 'a');

-- up
CREATE DOMAIN dm2 AS int;
ALTER TABLE et ALTER x TYPE dm2 USING 7;
DROP DOMAIN dm;
ALTER DOMAIN dm2 RENAME TO dm;
UPDATE et SET x = 9;
