-- Family in which each has its identity.
-- rows: (SELECT id, a, n FROM fl WHERE n < 3) s

-- before
CREATE TABLE fk (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text);
CREATE TABLE fl (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int UNIQUE) INHERITS (fk);
INSERT INTO fk (a) VALUES ('p');
INSERT INTO fl (a, n) VALUES ('q', 1), ('r', 2);

-- up
ALTER TABLE fk DROP COLUMN id CASCADE;
ALTER TABLE fk DROP COLUMN a;

-- since
INSERT INTO fl (n) VALUES (3);
