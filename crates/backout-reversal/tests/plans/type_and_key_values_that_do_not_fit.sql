-- locks:
--   public.kw, ACCESS EXCLUSIVE

-- before the locks:
-- column public.kw.id
CREATE TABLE backout_archive_1.type_48948_1_left (backout_value text);
-- column public.kw.id
CREATE FUNCTION backout_archive_1.type_48948_1_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_48948_1 c WHERE c.backout_new = $1; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::text)::integer)::text IS NULL OR ((($1::text)::integer)::text)::text = $1 THEN RETURN (($1::text)::integer)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_48948_1_left VALUES ($1); RETURN NULL; END';

-- steps:
-- what the migration added
ALTER TABLE public.kw DROP CONSTRAINT IF EXISTS kw_pkey CASCADE;
-- column public.kw.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.rows_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.kw t WHERE id IS NOT NULL AND backout_archive_1.type_48948_1_back(id::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16410_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.kw ALTER COLUMN id TYPE integer USING backout_archive_1.type_48948_1_back(id::text)::integer"], count: "", otherwise: "", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16410_1", "rows of public.kw that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16410_1")), if_none: [] }
ALTER TABLE public.kw ALTER COLUMN id TYPE integer USING backout_archive_1.type_48948_1_back(id::text)::integer;
-- constraint kw_pkey on public.kw
--   may clash: Values, at once None
ALTER TABLE public.kw ADD CONSTRAINT kw_pkey PRIMARY KEY (id);

-- closing:
-- column public.kw.id
DROP FUNCTION backout_archive_1.type_48948_1_back;

-- parts:
--   column public.kw.id
--   column public.kw.n
--   constraint kw_pkey on public.kw
--   index public.kw_pkey
--   table public.kw

-- renumbered:
--   (#pg_class:16410:1, "column public.kw.id")
--   (#pg_class:16410:2, "column public.kw.n")
--   (#pg_class:16411:0, "index public.kw_pkey")
--   (#pg_constraint:16412:0, "constraint kw_pkey on public.kw")

-- may be set aside:
--   Aside { schema: "public", table: "kw", column: None, copy_schema: "backout_undone_1", copy: "rows_16410_1", by: Json, left: None }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_48948_1_left", forced: None, otherwise: "values of column public.kw.id that were written since do not fit its former type; they lie in backout_archive_1.type_48948_1_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.kw t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_48948_1 c WHERE c.backout_new IS NOT DISTINCT FROM t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.kw t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_48948_1 c WHERE c.backout_new IS NOT DISTINCT FROM t.id::text) LIMIT 5"), object: "column public.kw.id", otherwise: "values that do not fit its former type are set aside or cut" }
