-- Enum values exchanged and used.
-- rows: rt
-- rows: ru

-- before
CREATE TYPE rx AS ENUM ('a', 'b', 'c');
CREATE TABLE rt (id int PRIMARY KEY, s rx, l rx[]);
INSERT INTO rt VALUES (1, 'a', '{a,b}'), (2, 'b', '{b}'), (3, 'c', NULL);
CREATE TABLE ru (s rx, n int);
INSERT INTO ru VALUES ('a', 1), ('a', 1), ('b', 2);

-- up
UPDATE rt SET s = 'c' WHERE id = 1;
ALTER TYPE rx RENAME VALUE 'a' TO 'tmp';
ALTER TYPE rx RENAME VALUE 'b' TO 'a';
ALTER TYPE rx RENAME VALUE 'tmp' TO 'b';
UPDATE rt SET s = 'b' WHERE id > 1;
UPDATE ru SET s = 'b';
