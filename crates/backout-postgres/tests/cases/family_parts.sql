-- Family parts.
-- rows: par
-- rows: kid

-- before
CREATE TABLE par (a int PRIMARY KEY, b text NOT NULL, CHECK (a > 0));
CREATE TABLE kid (c int, b text) INHERITS (par);
INSERT INTO par VALUES (1, 'p'), (2, 'q');
INSERT INTO kid VALUES (1, 'k', 5), (1, 'l', 6);
CREATE INDEX ON kid (c);

-- up
ALTER TABLE kid NO INHERIT par;

-- since
INSERT INTO kid VALUES (4, 'm', 7);
