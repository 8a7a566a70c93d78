-- Enum of its name by replacing.
-- rows: et

-- before
CREATE TYPE em AS ENUM ('a', 'b');
CREATE TABLE et (id int PRIMARY KEY, x em);
INSERT INTO et VALUES (1, 'a'), (2, 'b');

-- up
CREATE TYPE em_new AS ENUM ('a', 'c');
ALTER TABLE et ALTER x TYPE em_new USING replace(x::text, 'b', 'c')::em_new;
DROP TYPE em;
ALTER TYPE em_new RENAME TO em;
UPDATE et SET x = 'a';
