-- Other kinds made.
-- rows: ok

-- before
CREATE TABLE ok (id int PRIMARY KEY, w text);
INSERT INTO ok VALUES (1, 'w');

-- up
CREATE FUNCTION same(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE OPERATOR === (FUNCTION = same, LEFTARG = int, RIGHTARG = int, COMMUTATOR = ===, HASHES);
COMMENT ON OPERATOR === (int, int) IS 'same';
CREATE COLLATION german (LC_COLLATE = 'POSIX', LC_CTYPE = 'POSIX');
ALTER TABLE ok ALTER w TYPE text COLLATE german;
CREATE TABLE oc (w text COLLATE german);
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION to_pair(int) RETURNS pair LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1, $1)::pair';
CREATE CAST (int AS pair) WITH FUNCTION to_pair(int) AS ASSIGNMENT;
CREATE TEXT SEARCH DICTIONARY plain_words (TEMPLATE = pg_catalog.simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR asciiword, word WITH plain_words, simple;
CREATE INDEX okw ON ok USING gin (to_tsvector('words', w));
CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl,
  PARALLEL = SAFE);
CREATE AGGREGATE hits (*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
CREATE VIEW totals AS SELECT total(id) AS t, hits(*) AS h FROM ok;
CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;

-- since
INSERT INTO oc VALUES ('x');
