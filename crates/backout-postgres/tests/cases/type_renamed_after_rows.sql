-- Type renamed after rows.
-- rows: et

-- before
CREATE TYPE em AS ENUM ('a', 'b');
CREATE TABLE et (id int PRIMARY KEY, x em);
INSERT INTO et VALUES (1, 'a'), (2, 'b');

-- up
CREATE TYPE em2 AS ENUM ('x', 'y');
ALTER TABLE et ALTER x TYPE em2 USING CASE x WHEN 'a' THEN 'x' ELSE 'y' END::em2;
UPDATE et SET x = 'x';
DROP TYPE em;
ALTER TYPE em2 RENAME TO em;
