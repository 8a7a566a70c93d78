-- locks:
--   "we""ird s.x".n, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER TABLE "we""ird s.x".n SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.n RENAME TO "16420 n";
-- aggregate "we""ird s.x"."s(um)"("fi rst" integer)
CREATE AGGREGATE "we""ird s.x"."s(um)"("fi rst" integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
-- operator "we""ird s.x".<->(integer,integer)
CREATE OPERATOR "we""ird s.x".<-> (FUNCTION = "we""ird s.x"."eq ü", LEFTARG = integer, RIGHTARG = integer);
-- cast ("we""ird s.x"."t y" AS pg_catalog.text)
CREATE CAST ("we""ird s.x"."t y" AS pg_catalog.text) WITH INOUT AS ASSIGNMENT;
-- collation "we""ird s.x"."select ü"
CREATE COLLATION "we""ird s.x"."select ü" (PROVIDER = libc, LC_COLLATE = 'C', LC_CTYPE = 'C');
-- collation "we""ird s.x"."select ü"
COMMENT ON COLLATION "we""ird s.x"."select ü" IS E'back\\slash''s';
-- text search configuration "we""ird s.x"."a.b"
CREATE TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" (PARSER = pg_catalog."default"); ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR asciihword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR asciiword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR email WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR file WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR "float" WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR host WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR hword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR hword_asciipart WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR hword_numpart WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR hword_part WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR "int" WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR numhword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR numword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR sfloat WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR uint WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR url WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR url_path WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR version WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION "we""ird s.x"."a.b" ADD MAPPING FOR word WITH pg_catalog.simple;
-- collation "we""ird s.x"."neu"""
ALTER COLLATION "we""ird s.x"."neu""" SET SCHEMA backout_undone_1;

-- renumbered:
--   (#pg_proc:16415:0, "aggregate \"we\"\"ird s.x\".\"s(um)\"(\"fi rst\" integer)")
--   (#pg_operator:16417:0, "operator \"we\"\"ird s.x\".<->(integer,integer)")
--   (#pg_cast:16414:0, "cast (\"we\"\"ird s.x\".\"t y\" AS pg_catalog.text)")
--   (#pg_collation:16411:0, "collation \"we\"\"ird s.x\".\"select ü\"")
--   (#pg_ts_config:16412:0, "text search configuration \"we\"\"ird s.x\".\"a.b\"")

-- moved aside:
--   Moved { id: #pg_class:16420:0, identity: "table \"we\"\"ird s.x\".n", from_schema: "we\"ird s.x", to_schema: "backout_undone_1", name: "n", kept_as: "16420 n" }

-- may be set aside:
--   Aside { schema: "we\"ird s.x", table: "n", column: None, copy_schema: "backout_undone_1", copy: "16420 n", by: Rows, left: None }
