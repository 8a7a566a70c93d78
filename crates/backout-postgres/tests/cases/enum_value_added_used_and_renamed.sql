-- Enum value added used and renamed.
-- rows: rt
-- rows: ru

-- before
CREATE TYPE rx AS ENUM ('a', 'b');
CREATE TABLE rt (id int PRIMARY KEY, s rx DEFAULT 'a', l rx[]);
INSERT INTO rt VALUES (1, 'a', '{a}'), (2, 'b', NULL);
CREATE TABLE ru (s rx, n int);
INSERT INTO ru VALUES ('a', 1), ('a', 1);

-- up
BEGIN;
ALTER TYPE rx ADD VALUE 'x';
COMMIT;
BEGIN;
UPDATE rt SET s = 'x', l = '{b,x}';
INSERT INTO rt VALUES (3, 'x', '{x}');
UPDATE ru SET s = 'x';
ALTER TYPE rx RENAME VALUE 'x' TO 'y';
COMMIT;
