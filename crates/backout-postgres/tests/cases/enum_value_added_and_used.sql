-- Enum value added and used.
-- rows: e1
-- rows: (SELECT * FROM e2 WHERE id < 3) s
-- rows: (SELECT * FROM e3 WHERE x < 9) s

-- before
CREATE TYPE ev AS ENUM ('one', 'two');
CREATE TABLE e1 (k ev PRIMARY KEY, v int);
INSERT INTO e1 VALUES ('one', 1);
CREATE TABLE e2 (id int PRIMARY KEY, k ev NOT NULL, n ev, d ev NOT NULL DEFAULT 'two', l ev[] NOT NULL,
  r ev REFERENCES e1);
INSERT INTO e2 VALUES (1, 'one', 'one', 'one', '{one}', NULL), (2, 'two', 'two', 'two', '{}', 'one');
CREATE TABLE e3 (k ev NOT NULL, x int, l ev[]);
INSERT INTO e3 VALUES ('one', 1), ('one', 1), ('two', 1);

-- up
BEGIN;
ALTER TYPE ev ADD VALUE 'new' BEFORE 'two';
COMMIT;
BEGIN;
INSERT INTO e1 VALUES ('new', 2);
UPDATE e2 SET k = 'new', n = 'new', d = 'new', l = '{new,one}', r = 'new' WHERE id = 1;
UPDATE e3 SET k = 'new', l = '{new}' WHERE k = 'one';
DELETE FROM e2 WHERE id = 2;
COMMIT;

-- since
INSERT INTO e2 VALUES (3, 'one', NULL, DEFAULT, '{}');
INSERT INTO e3 VALUES ('two', 9);
