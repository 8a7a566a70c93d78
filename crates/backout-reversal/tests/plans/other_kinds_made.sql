-- locks:
--   public.oc, ACCESS EXCLUSIVE
--   public.ok, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.ok.w
CREATE TABLE backout_undone_1.type_16410_2 (id text, backout_value text);

-- steps:
-- what the migration added
DROP VIEW IF EXISTS public.totals CASCADE;
-- what the migration added
DROP INDEX IF EXISTS public.okw CASCADE;
-- what the migration added
DROP FUNCTION IF EXISTS public.same(integer, integer) CASCADE;
-- what the migration added
DROP FUNCTION IF EXISTS public.to_pair(integer) CASCADE;
-- what the migration added
DROP AGGREGATE IF EXISTS public.total(integer) CASCADE;
-- what the migration added
DROP AGGREGATE IF EXISTS public.hits(*) CASCADE;
-- what the migration added
DROP TYPE IF EXISTS public.pair CASCADE;
-- what the migration added
ALTER TABLE public.oc SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.oc RENAME TO "16417 oc";
-- column public.ok.w
INSERT INTO backout_undone_1.type_16410_2 SELECT t.id::text, t.w::text FROM public.ok t WHERE ((t.w::text)::text)::text IS DISTINCT FROM t.w::text;
-- column public.ok.w
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::text)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.ok ALTER COLUMN w TYPE text USING backout_undone_1.misfits_16410_2_back(ROW(id)::text, w::text)::text", "DROP FUNCTION backout_undone_1.misfits_16410_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_2", otherwise: "values of column public.ok.w that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.ok ALTER COLUMN w TYPE text USING w::text;
-- text search configuration public.words
DROP TEXT SEARCH CONFIGURATION IF EXISTS public.words;
-- text search dictionary public.plain_words
DROP TEXT SEARCH DICTIONARY IF EXISTS public.plain_words;
-- conversion public.conv
DROP CONVERSION IF EXISTS public.conv;
-- collation public.german
ALTER COLLATION public.german SET SCHEMA backout_undone_1;
-- cast (integer AS public.pair)
DROP CAST IF EXISTS (integer AS public.pair);
-- operator public.===(integer,integer)
DROP OPERATOR IF EXISTS public.===(integer,integer);

-- parts:
--   column public.ok.id
--   column public.ok.w
--   constraint ok_pkey on public.ok
--   index public.ok_pkey
--   table public.ok

-- renumbered:
--   (#pg_class:16410:1, "column public.ok.id")
--   (#pg_class:16410:2, "column public.ok.w")
--   (#pg_class:16411:0, "index public.ok_pkey")
--   (#pg_constraint:16412:0, "constraint ok_pkey on public.ok")

-- moved aside:
--   Moved { id: #pg_class:16417:0, identity: "table public.oc", from_schema: "public", to_schema: "backout_undone_1", name: "oc", kept_as: "16417 oc" }

-- may be set aside:
--   Aside { schema: "public", table: "ok", column: Some("w"), copy_schema: "backout_undone_1", copy: "type_16410_2", by: TextKey(["id"]), left: Some("(((c.backout_value::text)::text)::text)::text") }
--   Aside { schema: "public", table: "ok", column: Some("w"), copy_schema: "backout_undone_1", copy: "misfits_16410_2", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "oc", column: None, copy_schema: "backout_undone_1", copy: "16417 oc", by: Rows, left: None }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16410_2", forced: None, otherwise: "values of column public.ok.w that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16410_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16410_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
