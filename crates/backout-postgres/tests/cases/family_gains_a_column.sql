-- Family gains a column.
-- rows: par

-- before
CREATE TABLE par (a int PRIMARY KEY, b text);
CREATE TABLE kid (c int) INHERITS (par);
INSERT INTO par VALUES (1, 'p');
INSERT INTO kid VALUES (1, 'k', 5), (1, 'l', 6);

-- up
ALTER TABLE par ADD COLUMN n int;
UPDATE par SET n = 7;

-- since
INSERT INTO kid VALUES (1, 'm', 7, 8);
