-- Other kinds dropped.
-- rows: ok

-- before
CREATE FUNCTION same(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE OPERATOR === (FUNCTION = same, LEFTARG = int, RIGHTARG = int, COMMUTATOR = ===, NEGATOR = !==,
  RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR !== (FUNCTION = same, LEFTARG = int, RIGHTARG = int, NEGATOR = ===);
COMMENT ON OPERATOR === (int, int) IS 'same';
CREATE COLLATION german (LC_COLLATE = 'POSIX', LC_CTYPE = 'POSIX');
CREATE COLLATION plain_c (LC_COLLATE = 'C', LC_CTYPE = 'C');
COMMENT ON COLLATION german IS 'it''s';
CREATE TABLE ok (id int PRIMARY KEY, w text COLLATE german);
INSERT INTO ok VALUES (1, 'w');
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION to_pair(int) RETURNS pair LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1, $1)::pair';
CREATE CAST (int AS pair) WITH FUNCTION to_pair(int) AS ASSIGNMENT;
CREATE CAST (pair AS text) WITH INOUT;
CREATE TEXT SEARCH DICTIONARY plain_words (TEMPLATE = pg_catalog.simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR asciiword, word WITH plain_words, simple;
CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl,
  MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int, SSPACE = 8, PARALLEL = SAFE);
CREATE AGGREGATE hits (*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
COMMENT ON AGGREGATE total (int) IS 'sum';
GRANT EXECUTE ON FUNCTION total (int) TO PUBLIC;
CREATE VIEW totals AS SELECT total(id) AS t, hits(*) AS h FROM ok WHERE id === 1;
CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;

-- up
DROP VIEW totals;
DROP AGGREGATE total (int);
DROP AGGREGATE hits (*);
DROP OPERATOR === (int, int);
DROP OPERATOR !== (int, int);
DROP FUNCTION same;
DROP CAST (int AS pair);
DROP CAST (pair AS text);
DROP TEXT SEARCH CONFIGURATION words;
DROP TEXT SEARCH DICTIONARY plain_words;
ALTER TABLE ok ALTER w TYPE text COLLATE "C";
DROP COLLATION german;
DROP COLLATION plain_c;
DROP CONVERSION conv;
