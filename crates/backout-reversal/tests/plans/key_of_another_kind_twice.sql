-- locks:
--   public.kc, ACCESS EXCLUSIVE

-- before the locks:
-- column public.kc.id
CREATE TABLE backout_archive_1.type_119442_1_left (backout_value text);
-- column public.kc.id
CREATE FUNCTION backout_archive_1.type_119442_1_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_119442_1 c WHERE c.backout_new = $1; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::uuid)::text::integer)::text IS NULL OR ((($1::uuid)::text::integer)::text::uuid)::text = $1 THEN RETURN (($1::uuid)::text::integer)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_119442_1_left VALUES ($1); RETURN NULL; END';

-- steps:
-- what the migration added
ALTER TABLE public.kc DROP CONSTRAINT IF EXISTS kc_pkey CASCADE;
-- column public.kc.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.rows_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.kc t WHERE id IS NOT NULL AND backout_archive_1.type_119442_1_back(id::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16410_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.kc ALTER COLUMN id TYPE integer USING backout_archive_1.type_119442_1_back(id::text)::integer"], count: "", otherwise: "", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16410_1", "rows of public.kc that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16410_1")), if_none: [] }
ALTER TABLE public.kc ALTER COLUMN id TYPE integer USING backout_archive_1.type_119442_1_back(id::text)::integer;
-- constraint kc_pkey on public.kc
--   may clash: Values, at once None
ALTER TABLE public.kc ADD CONSTRAINT kc_pkey PRIMARY KEY (id);

-- closing:
-- column public.kc.id
DROP FUNCTION backout_archive_1.type_119442_1_back;

-- parts:
--   column public.kc.id
--   column public.kc.n
--   constraint kc_pkey on public.kc
--   index public.kc_pkey
--   table public.kc

-- renumbered:
--   (#pg_class:16410:1, "column public.kc.id")
--   (#pg_class:16410:2, "column public.kc.n")
--   (#pg_class:16411:0, "index public.kc_pkey")
--   (#pg_constraint:16412:0, "constraint kc_pkey on public.kc")

-- may be set aside:
--   Aside { schema: "public", table: "kc", column: None, copy_schema: "backout_undone_1", copy: "rows_16410_1", by: Json, left: None }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_119442_1_left", forced: None, otherwise: "values of column public.kc.id that were written since do not fit its former type; they lie in backout_archive_1.type_119442_1_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::uuid)::text::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.kc t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_119442_1 c WHERE c.backout_new IS NOT DISTINCT FROM t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.kc t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_119442_1 c WHERE c.backout_new IS NOT DISTINCT FROM t.id::text) LIMIT 5"), object: "column public.kc.id", otherwise: "values that do not fit its former type are set aside or cut" }
