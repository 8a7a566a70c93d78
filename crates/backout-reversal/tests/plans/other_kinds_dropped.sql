-- locks:
--   public.ok, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.ok.w
CREATE TABLE backout_undone_1.type_16415_2 (id text, backout_value text);

-- steps:
-- collation public.german
CREATE COLLATION public.german (PROVIDER = libc, LC_COLLATE = 'POSIX', LC_CTYPE = 'POSIX');
-- collation public.german
COMMENT ON COLLATION public.german IS 'it''s';
-- column public.ok.w
INSERT INTO backout_undone_1.type_16415_2 SELECT t.id::text, t.w::text FROM public.ok t WHERE ((t.w::text)::text)::text IS DISTINCT FROM t.w::text;
-- column public.ok.w
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16415_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16415_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::text)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16415_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.ok ALTER COLUMN w TYPE text COLLATE public.german USING backout_undone_1.misfits_16415_2_back(ROW(id)::text, w::text)::text", "DROP FUNCTION backout_undone_1.misfits_16415_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16415_2", otherwise: "values of column public.ok.w that were written since do not fit its former type; they lie in backout_undone_1.misfits_16415_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.ok ALTER COLUMN w TYPE text COLLATE public.german USING w::text;
-- function public.same(integer, integer)
CREATE OR REPLACE FUNCTION public.same(integer, integer)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT $1 = $2$function$
;
-- aggregate public.total(integer)
CREATE AGGREGATE public.total(integer) (SFUNC = int4pl, STYPE = integer, SSPACE = 8, COMBINEFUNC = int4pl, INITCOND = '0', MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = integer, PARALLEL = SAFE);
-- aggregate public.total(integer)
COMMENT ON AGGREGATE public.total(integer) IS 'sum';
-- aggregate public.hits(*)
CREATE AGGREGATE public.hits(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
-- operator public.!==(integer,integer)
CREATE OPERATOR public.!== (FUNCTION = public.same, LEFTARG = integer, RIGHTARG = integer, NEGATOR = OPERATOR(public.===));
-- operator public.===(integer,integer)
CREATE OPERATOR public.=== (FUNCTION = public.same, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = OPERATOR(public.===), NEGATOR = OPERATOR(public.!==), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
-- operator public.===(integer,integer)
COMMENT ON OPERATOR public.===(integer,integer) IS 'same';
-- view public.totals
CREATE VIEW public.totals AS  SELECT public.total(ok.id) AS t,
    public.hits(*) AS h
   FROM public.ok
  WHERE (ok.id OPERATOR(public.===) 1);
-- cast (integer AS public.pair)
CREATE CAST (integer AS public.pair) WITH FUNCTION public.to_pair(integer) AS ASSIGNMENT;
-- cast (public.pair AS pg_catalog.text)
CREATE CAST (public.pair AS pg_catalog.text) WITH INOUT;
-- collation public.plain_c
CREATE COLLATION public.plain_c (PROVIDER = libc, LC_COLLATE = 'C', LC_CTYPE = 'C');
-- conversion public.conv
CREATE CONVERSION public.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
-- text search dictionary public.plain_words
CREATE TEXT SEARCH DICTIONARY public.plain_words (TEMPLATE = pg_catalog.simple, stopwords = 'english');
-- text search configuration public.words
CREATE TEXT SEARCH CONFIGURATION public.words (PARSER = pg_catalog."default"); ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR asciihword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR asciiword WITH public.plain_words, pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR email WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR file WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR "float" WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR host WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR hword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR hword_asciipart WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR hword_numpart WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR hword_part WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR "int" WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR numhword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR numword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR sfloat WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR uint WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR url WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR url_path WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR version WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR word WITH public.plain_words, pg_catalog.simple;

-- parts:
--   column public.ok.id
--   column public.ok.w
--   constraint ok_pkey on public.ok
--   index public.ok_pkey
--   table public.ok

-- renumbered:
--   (#pg_proc:16410:0, "function public.same(integer, integer)")
--   (#pg_proc:16424:0, "aggregate public.total(integer)")
--   (#pg_proc:16425:0, "aggregate public.hits(*)")
--   (#pg_class:16415:1, "column public.ok.id")
--   (#pg_class:16415:2, "column public.ok.w")
--   (#pg_class:16416:0, "index public.ok_pkey")
--   (#pg_class:16426:0, "view public.totals")
--   (#pg_class:16426:1, "column public.totals.t")
--   (#pg_class:16426:2, "column public.totals.h")
--   (#pg_constraint:16417:0, "constraint ok_pkey on public.ok")
--   (#pg_operator:16411:0, "operator public.!==(integer,integer)")
--   (#pg_operator:16412:0, "operator public.===(integer,integer)")
--   (#pg_cast:16420:0, "cast (integer AS public.pair)")
--   (#pg_cast:16421:0, "cast (public.pair AS pg_catalog.text)")
--   (#pg_collation:16413:0, "collation public.german")
--   (#pg_collation:16414:0, "collation public.plain_c")
--   (#pg_conversion:16427:0, "conversion public.conv")
--   (#pg_ts_config:16423:0, "text search configuration public.words")
--   (#pg_ts_dict:16422:0, "text search dictionary public.plain_words")

-- may be set aside:
--   Aside { schema: "public", table: "ok", column: Some("w"), copy_schema: "backout_undone_1", copy: "type_16415_2", by: TextKey(["id"]), left: Some("(((c.backout_value::text)::text)::text)::text") }
--   Aside { schema: "public", table: "ok", column: Some("w"), copy_schema: "backout_undone_1", copy: "misfits_16415_2", by: RowOfKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16415_2", forced: None, otherwise: "values of column public.ok.w that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16415_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16415_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
