-- Family gains and loses a column.
-- rows: par
-- rows: kid

-- before
CREATE TABLE par (a int PRIMARY KEY, b text);
CREATE TABLE kid (c int) INHERITS (par);
INSERT INTO par VALUES (1, 'p');
INSERT INTO kid VALUES (1, 'k', 5), (1, 'l', 6);

-- up
ALTER TABLE par ADD COLUMN n int;
ALTER TABLE par ADD COLUMN o int DEFAULT 5;
DROP TABLE kid;
ALTER TABLE par DROP COLUMN n;
