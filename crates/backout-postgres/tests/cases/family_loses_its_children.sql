-- Family loses its children.
-- verdict: archived apart from a parent that stayed
-- rows: kid
-- rows: kid2
-- rows: grand
-- rows: par

-- before
CREATE TABLE par (a int PRIMARY KEY, b text NOT NULL DEFAULT 'd', CHECK (a > 0),
  g int GENERATED ALWAYS AS (5 + 1) STORED);
CREATE TABLE par2 (z int, y text);
CREATE TABLE kid (c int, b text) INHERITS (par2, par);
CREATE TABLE kid2 (d serial, CONSTRAINT own CHECK (d > 0)) INHERITS (par);
CREATE TABLE grand () INHERITS (kid2, kid);
COMMENT ON COLUMN kid2.a IS 'c';
INSERT INTO par VALUES (1, 'p'), (2, 'q');
INSERT INTO kid (a, b, c) VALUES (1, 'k', 5), (1, 'l', 6);
INSERT INTO kid2 (a) VALUES (1);
INSERT INTO grand (a, c) VALUES (3, 4);

-- up
DROP TABLE grand;
DROP TABLE kid2;
ALTER TABLE par ALTER b TYPE varchar(20);
DROP TABLE kid;
ALTER TABLE par ALTER a TYPE bigint;
