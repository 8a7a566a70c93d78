-- Schema in place of another.
-- rows: sp.gone

-- before
CREATE SCHEMA sp;
CREATE TYPE sp.e AS ENUM ('a');
CREATE TABLE sp.t (id serial PRIMARY KEY, e sp.e);
INSERT INTO sp.t (e) VALUES ('a');
CREATE VIEW sp.v AS SELECT * FROM sp.t;
CREATE TABLE sp.gone (i int);
INSERT INTO sp.gone VALUES (1);
GRANT USAGE ON SCHEMA sp TO PUBLIC;
COMMENT ON SCHEMA sp IS 'old';

-- up
CREATE SCHEMA sn;
ALTER TABLE sp.t SET SCHEMA sn;
ALTER TYPE sp.e SET SCHEMA sn;
ALTER VIEW sp.v SET SCHEMA sn;
DROP SCHEMA sp CASCADE;
ALTER SCHEMA sn RENAME TO sp;
CREATE TABLE sp.new (i int);
DROP SCHEMA IF EXISTS nowhere;

-- since
INSERT INTO sp.new VALUES (1);
INSERT INTO sp.t (e) VALUES ('a');
