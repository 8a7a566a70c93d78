-- Tables that swap schemas.
-- rows: (SELECT id, v, w FROM sa.t) s

-- before
CREATE SCHEMA sa;
CREATE SCHEMA sb;
CREATE TABLE sa.t (id serial PRIMARY KEY, v text, w int UNIQUE);
CREATE TABLE sb.t (id serial PRIMARY KEY, n int);
CREATE INDEX same ON sa.t (v);
CREATE INDEX same ON sb.t (n);
CREATE VIEW sv AS SELECT a.v, b.n FROM sa.t a JOIN sb.t b USING (id);
CREATE FUNCTION sa.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION sb.f(int) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION sb.f(text) RETURNS int LANGUAGE sql AS 'SELECT 3';
CREATE TYPE sa.e AS ENUM ('a');
CREATE TYPE sb.e AS ENUM ('b');
INSERT INTO sa.t (v, w) VALUES ('a', 1);
INSERT INTO sb.t (n) VALUES (7);

-- up
CREATE SCHEMA tmp;
ALTER TABLE sa.t SET SCHEMA tmp;
ALTER TABLE sb.t SET SCHEMA sa;
ALTER TABLE tmp.t SET SCHEMA sb;
ALTER TABLE sb.t RENAME v TO vv;
ALTER TABLE sb.t RENAME CONSTRAINT t_w_key TO other;
ALTER INDEX sb.same RENAME TO another;
ALTER TABLE sb.t ADD COLUMN x int;
ALTER FUNCTION sa.f(int) SET SCHEMA tmp;
ALTER FUNCTION sb.f(int) SET SCHEMA sa;
ALTER FUNCTION tmp.f(int) SET SCHEMA sb;
ALTER FUNCTION sb.f(int) RENAME TO g;
ALTER TYPE sa.e SET SCHEMA tmp;
ALTER TYPE sb.e SET SCHEMA sa;
ALTER TYPE tmp.e SET SCHEMA sb;
DROP SCHEMA tmp;

-- since
INSERT INTO sa.t (n) VALUES (8);
