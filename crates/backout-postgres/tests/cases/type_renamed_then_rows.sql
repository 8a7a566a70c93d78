-- Type renamed then rows.
-- rows: et

-- before
CREATE TYPE em AS ENUM ('a', 'b');
CREATE TABLE et (id int PRIMARY KEY, x em);
INSERT INTO et VALUES (1, 'a'), (2, 'b');

-- up
ALTER TYPE em RENAME TO em_old;
UPDATE et SET x = 'b';
CREATE TYPE em AS ENUM ('q');
DELETE FROM et WHERE id = 2;
