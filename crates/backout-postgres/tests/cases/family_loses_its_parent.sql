-- Family loses its parent.
-- rows: par
-- rows: kid
-- rows: kid2

-- before
CREATE TABLE par (a int PRIMARY KEY, b text NOT NULL, CHECK (a > 0));
CREATE TABLE kid (c int, b text) INHERITS (par);
CREATE TABLE par2 (z int);
CREATE TABLE kid2 (b text, d serial) INHERITS (par, par2);
INSERT INTO par VALUES (1, 'p'), (2, 'q');
INSERT INTO kid VALUES (1, 'k', 5), (1, 'l', 6);
INSERT INTO kid2 VALUES (1, 'kk', 5);
CREATE INDEX ON kid (c);

-- up
DROP TABLE par CASCADE;
