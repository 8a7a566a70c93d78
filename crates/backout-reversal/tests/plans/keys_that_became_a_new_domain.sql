-- locks:
--   public.kd, ACCESS EXCLUSIVE
--   public.ke, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
ALTER TABLE public.ke DROP CONSTRAINT IF EXISTS ke_kd_fkey CASCADE;
-- what the migration added
ALTER TABLE public.kd DROP CONSTRAINT IF EXISTS kd_pkey CASCADE;
-- domain public.kdi
ALTER DOMAIN public.kdi RENAME TO backout_rebuilt_16419;
-- column public.kd.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.kdi)::text::text)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.kd t WHERE id IS NOT NULL AND backout_undone_1.misfits_16410_1_back(ROW(id)::text, id::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16410_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.kd ALTER COLUMN id TYPE text USING backout_undone_1.misfits_16410_1_back(ROW(id)::text, id::text)::text", "DROP FUNCTION backout_undone_1.misfits_16410_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_1", otherwise: "values of column public.kd.id that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_1, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16410_1", "rows of public.kd that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16410_1")), if_none: [] }
ALTER TABLE public.kd ALTER COLUMN id TYPE text USING id::text::text;
-- column public.ke.kd
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16413_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16413_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.kdi)::text::text)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16413_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.ke ALTER COLUMN kd TYPE text USING backout_undone_1.misfits_16413_2_back(ROW(id)::text, kd::text)::text", "DROP FUNCTION backout_undone_1.misfits_16413_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16413_2", otherwise: "values of column public.ke.kd that were written since do not fit its former type; they lie in backout_undone_1.misfits_16413_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.ke ALTER COLUMN kd TYPE text USING kd::text::text;
-- domain public.kdi
DROP DOMAIN public.backout_rebuilt_16419;
-- constraint kd_pkey on public.kd
--   may clash: Values, at once None
ALTER TABLE public.kd ADD CONSTRAINT kd_pkey PRIMARY KEY (id);
-- constraint ten on public.ke
ALTER TABLE public.ke ADD CONSTRAINT ten CHECK ((length(kd) > 2)) NOT VALID;
-- foreign key ke_kd_fkey on public.ke
--   may clash: ForeignKey, at once Some("ALTER TABLE public.ke ADD CONSTRAINT ke_kd_fkey FOREIGN KEY (kd) REFERENCES public.kd(id)")
ALTER TABLE public.ke ADD CONSTRAINT ke_kd_fkey FOREIGN KEY (kd) REFERENCES public.kd(id) NOT VALID;

-- tail:
-- constraint ten on public.ke: validate, public.ke
ALTER TABLE public.ke VALIDATE CONSTRAINT ten;
-- foreign key ke_kd_fkey on public.ke: validate, public.ke
ALTER TABLE public.ke VALIDATE CONSTRAINT ke_kd_fkey;

-- parts:
--   column public.kd.d
--   column public.kd.id
--   column public.ke.id
--   column public.ke.kd
--   constraint kd_pkey on public.kd
--   constraint ke_pkey on public.ke
--   constraint ten on public.ke
--   foreign key ke_kd_fkey on public.ke
--   index public.kd_pkey
--   index public.ke_pkey
--   table public.kd
--   table public.ke

-- renumbered:
--   (#pg_class:16410:1, "column public.kd.id")
--   (#pg_class:16410:2, "column public.kd.d")
--   (#pg_class:16411:0, "index public.kd_pkey")
--   (#pg_class:16413:1, "column public.ke.id")
--   (#pg_class:16413:2, "column public.ke.kd")
--   (#pg_class:16415:0, "index public.ke_pkey")
--   (#pg_constraint:16412:0, "constraint kd_pkey on public.kd")
--   (#pg_constraint:16414:0, "constraint ten on public.ke")
--   (#pg_constraint:16416:0, "constraint ke_pkey on public.ke")
--   (#pg_constraint:16417:0, "foreign key ke_kd_fkey on public.ke")

-- may be set aside:
--   Aside { schema: "public", table: "kd", column: None, copy_schema: "backout_undone_1", copy: "rows_16410_1", by: Json, left: None }
--   Aside { schema: "public", table: "ke", column: Some("kd"), copy_schema: "backout_undone_1", copy: "misfits_16413_2", by: RowOfKey(["id"]), left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::public.kdi)::text::text) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.kd t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.kd t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text) LIMIT 5"), object: "column public.kd.id", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16413_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::public.kdi)::text::text) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.ke t WHERE t.kd IS NOT NULL AND NOT pg_temp.backout_fits_16413_2(t.kd::text)", keys: Some("SELECT ROW(t.id)::text FROM public.ke t WHERE t.kd IS NOT NULL AND NOT pg_temp.backout_fits_16413_2(t.kd::text) LIMIT 5"), object: "column public.ke.kd", otherwise: "values that do not fit its former type are set aside or cut" }
