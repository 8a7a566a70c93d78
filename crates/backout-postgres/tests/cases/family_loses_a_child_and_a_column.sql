-- Family loses a child and a column.
-- rows: kid

-- before
CREATE TABLE par (a int PRIMARY KEY, b text, e text);
CREATE TABLE kid (c int) INHERITS (par);
INSERT INTO par VALUES (1, 'p', 'e'), (2, 'q', NULL);
INSERT INTO kid VALUES (1, 'k', 'f', 5), (1, 'l', 'g', 6);

-- up
ALTER TABLE par DROP COLUMN e;
DROP TABLE kid;
ALTER TABLE par ADD COLUMN n int;

-- since
INSERT INTO par VALUES (7, 's', 1);
