-- Schema renamed and made again with tables.
-- rows: sa.t WHERE id < 3
-- rows: moved

-- before
CREATE SCHEMA sa;
CREATE TYPE sa.m AS ENUM ('x', 'y');
CREATE TABLE sa.t (id serial PRIMARY KEY, m sa.m);
INSERT INTO sa.t (m) VALUES ('x'), ('y');
CREATE TABLE sa.u (id int);
CREATE COLLATION sa.c FROM "C";
CREATE VIEW sa.v AS SELECT * FROM sa.t;
CREATE TABLE moved (id int PRIMARY KEY, t text);
INSERT INTO moved VALUES (1, 'm');
CREATE FUNCTION sa.f(sa.m) RETURNS sa.m LANGUAGE sql AS 'SELECT $1';
COMMENT ON SCHEMA sa IS 'first';
GRANT USAGE ON SCHEMA sa TO PUBLIC;

-- up
ALTER SCHEMA sa RENAME TO sb;
CREATE SCHEMA sa;
CREATE TABLE sa.t (id int PRIMARY KEY, v text);
CREATE COLLATION sa.c FROM "POSIX";
CREATE COLLATION sb.d FROM "POSIX";
INSERT INTO sa.t VALUES (1, 'new');
UPDATE sb.t SET m = 'y';
DROP TABLE sb.u;
ALTER TABLE moved SET SCHEMA sa;
ALTER TABLE sa.moved RENAME TO u;
CREATE TYPE sa.n AS ENUM ('m');
ALTER TABLE sa.u ALTER t TYPE sa.n USING t::sa.n;

-- since
INSERT INTO sa.t VALUES (2, 'since');
INSERT INTO sb.t (m) VALUES ('x');
