-- locks:
--   public.kd, ACCESS EXCLUSIVE
--   public.kn, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- view public.kv
DROP VIEW IF EXISTS public.kv CASCADE;
-- what the migration added
ALTER TABLE public.kd DROP CONSTRAINT IF EXISTS kd_pkey CASCADE;
-- what the migration added
DROP FUNCTION IF EXISTS public.kf(i public.kdi) CASCADE;
-- what the migration added
ALTER TABLE public.kn SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.kn RENAME TO "16420 kn";
-- what the migration added
ALTER TABLE backout_undone_1."16420 kn" RENAME CONSTRAINT kn_pkey TO "16422 kn_pkey";
-- domain public.kdi
ALTER DOMAIN public.kdi RENAME TO backout_rebuilt_16414;
-- column public.kd.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.kdi)::text::text)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.kd t WHERE id IS NOT NULL AND backout_undone_1.misfits_16410_1_back(ROW(id)::text, id::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16410_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.kd ALTER COLUMN id TYPE text USING backout_undone_1.misfits_16410_1_back(ROW(id)::text, id::text)::text", "DROP FUNCTION backout_undone_1.misfits_16410_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_1", otherwise: "values of column public.kd.id that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_1, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16410_1", "rows of public.kd that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16410_1")), if_none: [] }
ALTER TABLE public.kd ALTER COLUMN id TYPE text USING id::text::text;
-- domain public.kdi
ALTER DOMAIN public.backout_rebuilt_16414 SET SCHEMA backout_undone_1;
-- constraint kd_pkey on public.kd
--   may clash: Values, at once None
ALTER TABLE public.kd ADD CONSTRAINT kd_pkey PRIMARY KEY (id);

-- parts:
--   column public.kd.d
--   column public.kd.id
--   constraint kd_pkey on public.kd
--   index public.kd_pkey
--   table public.kd

-- renumbered:
--   (#pg_class:16410:1, "column public.kd.id")
--   (#pg_class:16410:2, "column public.kd.d")
--   (#pg_class:16411:0, "index public.kd_pkey")
--   (#pg_constraint:16412:0, "constraint kd_pkey on public.kd")

-- moved aside:
--   Moved { id: #pg_class:16420:0, identity: "table public.kn", from_schema: "public", to_schema: "backout_undone_1", name: "kn", kept_as: "16420 kn" }

-- may be set aside:
--   Aside { schema: "public", table: "kd", column: None, copy_schema: "backout_undone_1", copy: "rows_16410_1", by: Json, left: None }
--   Aside { schema: "public", table: "kn", column: None, copy_schema: "backout_undone_1", copy: "16420 kn", by: Rows, left: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::public.kdi)::text::text) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.kd t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.kd t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text) LIMIT 5"), object: "column public.kd.id", otherwise: "values that do not fit its former type are set aside or cut" }
