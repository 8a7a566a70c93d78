-- Values of a column renamed between.
-- rows: et

-- before
CREATE TYPE em AS ENUM ('a', 'b');
CREATE TABLE et (id int PRIMARY KEY, x em);
INSERT INTO et VALUES (1, 'a'), (2, 'b');

-- up
ALTER TABLE et ALTER x TYPE text USING upper(x::text);
UPDATE et SET x = 'zz';
ALTER TABLE et RENAME x TO y;
UPDATE et SET y = 'q';
