-- Other kinds of hostile names.

-- before
CREATE SCHEMA "we""ird s.x";
CREATE COLLATION "we""ird s.x"."select ü" (LC_COLLATE = 'C', LC_CTYPE = 'C');
COMMENT ON COLLATION "we""ird s.x"."select ü" IS 'back\slash''s';
CREATE TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" (COPY = simple);
CREATE TYPE "we""ird s.x"."t y" AS (a int);
CREATE CAST ("we""ird s.x"."t y" AS text) WITH INOUT AS ASSIGNMENT;
CREATE AGGREGATE "we""ird s.x"."s(um)" ("fi rst" int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE FUNCTION "we""ird s.x"."eq ü"(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = $2';
CREATE OPERATOR "we""ird s.x".<-> (FUNCTION = "we""ird s.x"."eq ü", LEFTARG = int, RIGHTARG = int);

-- up
DROP COLLATION "we""ird s.x"."select ü";
DROP TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b";
DROP CAST ("we""ird s.x"."t y" AS text);
DROP AGGREGATE "we""ird s.x"."s(um)" (int);
DROP OPERATOR "we""ird s.x".<-> (int, int);
CREATE COLLATION "we""ird s.x"."neu""" (LC_COLLATE = 'C', LC_CTYPE = 'C');
CREATE TABLE "we""ird s.x".n (w text COLLATE "we""ird s.x"."neu""");

-- since
INSERT INTO "we""ird s.x".n VALUES ('x');
