-- Inheritance.
-- rows: kid

-- before
CREATE TABLE par (a int, b text);
CREATE TABLE kid (c int) INHERITS (par);
INSERT INTO kid VALUES (1, 'x', 2);

-- up
DROP TABLE par CASCADE;
