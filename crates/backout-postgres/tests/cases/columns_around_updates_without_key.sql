-- Columns around updates without key.
-- rows: tp

-- before
CREATE TABLE tp (id serial UNIQUE, w int, a int, x text, b numeric);
INSERT INTO tp (w, a, x, b) SELECT i % 3, i % 2, 'x' || i % 4, i % 5 FROM generate_series(1, 30) i;
INSERT INTO tp (w, a, x, b) SELECT 1, 1, NULL, NULL FROM generate_series(1, 3);

-- up
ALTER TABLE tp DROP COLUMN id;
UPDATE tp SET w = 31 WHERE a = 1;
ALTER TABLE tp DROP COLUMN w;
DELETE FROM tp WHERE b = 2;
UPDATE tp SET a = a + 5;
INSERT INTO tp (a, x, b) VALUES (9, 'n', 9);
ALTER TABLE tp DROP COLUMN x;
UPDATE tp SET b = 0 WHERE a = 6;
