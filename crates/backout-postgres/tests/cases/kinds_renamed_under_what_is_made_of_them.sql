-- Functions, types and collations are renamed under ranges, domains, composite types and generated columns.
-- rows: inv

-- before
CREATE FUNCTION tdiff(time, time) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT extract(epoch FROM $1 - $2)::float8';
CREATE TYPE tr AS RANGE (SUBTYPE = time, SUBTYPE_DIFF = tdiff);
CREATE TYPE moods AS RANGE (SUBTYPE = mood);
CREATE TABLE t (id int, m moods);
CREATE COLLATION co FROM "C";
CREATE DOMAIN nm AS text COLLATE co;
CREATE TYPE ad AS (city text COLLATE co);
CREATE TABLE made (a nm, b ad);
CREATE FUNCTION sc(m mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE inv (id int PRIMARY KEY, m mood, s int GENERATED ALWAYS AS (sc(m)) STORED);
INSERT INTO inv VALUES (1, 'ok');

-- up
ALTER FUNCTION tdiff(time, time) RENAME TO time_diff;
ALTER TYPE mood RENAME TO feeling;
ALTER COLLATION co RENAME TO cp;
