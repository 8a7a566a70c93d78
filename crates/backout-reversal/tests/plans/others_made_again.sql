-- locks:
--   public.ct, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
DROP VIEW IF EXISTS public.cv CASCADE;
-- what the migration added
ALTER TABLE public.ct DROP CONSTRAINT IF EXISTS ct_id_check CASCADE;
-- what the migration added
DROP FUNCTION IF EXISTS public.other(integer, integer) CASCADE;
-- text search configuration public.cfg
DROP TEXT SEARCH CONFIGURATION IF EXISTS public.cfg;
-- text search dictionary public.dict
DROP TEXT SEARCH DICTIONARY IF EXISTS public.dict;
-- conversion public.conv
DROP CONVERSION IF EXISTS public.conv;
-- collation public.co
ALTER COLLATION public.co RENAME TO backout_renamed_16427_0;
-- cast (integer AS public.pair)
DROP CAST IF EXISTS (integer AS public.pair);
-- operator public.===(integer,integer)
DROP OPERATOR IF EXISTS public.===(integer,integer);
-- collation public.co
CREATE COLLATION public.co (PROVIDER = libc, LC_COLLATE = 'C', LC_CTYPE = 'C');
-- column public.ct.v
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16419_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16419_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::text)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16419_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.ct ALTER COLUMN v TYPE text COLLATE public.co USING backout_undone_1.misfits_16419_2_back(ROW(id)::text, v::text)::text", "DROP FUNCTION backout_undone_1.misfits_16419_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16419_2", otherwise: "values of column public.ct.v that were written since do not fit its former type; they lie in backout_undone_1.misfits_16419_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.ct ALTER COLUMN v TYPE text COLLATE public.co USING v::text::text;
-- operator public.===(integer,integer)
CREATE OPERATOR public.=== (FUNCTION = public.same, LEFTARG = integer, RIGHTARG = integer);
-- view public.cv
CREATE VIEW public.cv AS  SELECT ct.id
   FROM public.ct
  WHERE (ct.id OPERATOR(public.===) ct.w);
-- cast (integer AS public.pair)
CREATE CAST (integer AS public.pair) WITH FUNCTION public.to_pair(integer) AS ASSIGNMENT;
-- cast (integer AS public.pair)
COMMENT ON CAST (integer AS public.pair) IS 'was';
-- conversion public.conv
CREATE CONVERSION public.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
-- text search configuration public.cfg
CREATE TEXT SEARCH CONFIGURATION public.cfg (PARSER = pg_catalog."default"); ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR asciihword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR asciiword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR email WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR file WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR "float" WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR host WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR hword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR hword_asciipart WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR hword_numpart WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR hword_part WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR "int" WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR numhword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR numword WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR sfloat WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR uint WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR url WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR url_path WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR version WITH pg_catalog.simple; ALTER TEXT SEARCH CONFIGURATION public.cfg ADD MAPPING FOR word WITH pg_catalog.simple;
-- text search dictionary public.dict
CREATE TEXT SEARCH DICTIONARY public.dict (TEMPLATE = pg_catalog.simple);
-- collation public.co
DROP COLLATION IF EXISTS public.backout_renamed_16427_0;

-- renumbered:
--   (#pg_class:16422:0, "view public.cv")
--   (#pg_class:16422:1, "column public.cv.id")
--   (#pg_operator:16415:0, "operator public.===(integer,integer)")
--   (#pg_cast:16418:0, "cast (integer AS public.pair)")
--   (#pg_collation:16413:0, "collation public.co")
--   (#pg_conversion:16412:0, "conversion public.conv")
--   (#pg_ts_config:16410:0, "text search configuration public.cfg")
--   (#pg_ts_dict:16411:0, "text search dictionary public.dict")

-- may be set aside:
--   Aside { schema: "public", table: "ct", column: Some("v"), copy_schema: "backout_undone_1", copy: "misfits_16419_2", by: RowOfKey(["id"]), left: Some("NULL") }
