-- Family loses a column.
-- rows: kid2

-- before
CREATE TABLE par (a int PRIMARY KEY, b text);
CREATE TABLE kid (c int) INHERITS (par);
CREATE TABLE kid2 (b text, d int) INHERITS (par);
INSERT INTO par VALUES (1, 'p'), (2, 'q');
INSERT INTO kid VALUES (1, 'k', 5), (1, 'l', 6);
INSERT INTO kid2 VALUES (1, 'kk', 5);

-- up
ALTER TABLE par DROP COLUMN b;
