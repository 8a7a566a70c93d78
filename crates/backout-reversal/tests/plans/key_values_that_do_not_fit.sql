-- locks:
--   public.kr, ACCESS EXCLUSIVE
--   public.kv, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
ALTER TABLE public.kr DROP CONSTRAINT IF EXISTS kr_kv_fkey CASCADE;
-- what the migration added
ALTER TABLE public.kv DROP CONSTRAINT IF EXISTS kv_pkey CASCADE;
-- what the migration added
ALTER TABLE ONLY public.kv ALTER COLUMN id DROP DEFAULT;
-- column public.kv.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::uuid)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "ALTER TABLE public.kv DISABLE TRIGGER kt", "WITH gone AS (DELETE FROM public.kv t WHERE id IS NOT NULL AND backout_undone_1.misfits_16410_1_back(ROW(id)::text, id::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16410_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.kv ENABLE TRIGGER kt", "ALTER TABLE public.kv ALTER COLUMN id TYPE uuid USING backout_undone_1.misfits_16410_1_back(ROW(id)::text, id::text)::uuid", "DROP FUNCTION backout_undone_1.misfits_16410_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_1", otherwise: "values of column public.kv.id that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_1, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16410_1", "rows of public.kv that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16410_1")), if_none: [] }
ALTER TABLE public.kv ALTER COLUMN id TYPE uuid USING id::uuid;
-- column public.kr.kv
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16414_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16414_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::uuid)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16414_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.kr ALTER COLUMN kv TYPE uuid USING backout_undone_1.misfits_16414_2_back(ROW(id)::text, kv::text)::uuid", "DROP FUNCTION backout_undone_1.misfits_16414_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16414_2", otherwise: "values of column public.kr.kv that were written since do not fit its former type; they lie in backout_undone_1.misfits_16414_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.kr ALTER COLUMN kv TYPE uuid USING kv::uuid;
-- default public.kv.id
ALTER TABLE ONLY public.kv ALTER COLUMN id SET DEFAULT gen_random_uuid();
-- constraint kv_pkey on public.kv
--   may clash: Values, at once None
ALTER TABLE public.kv ADD CONSTRAINT kv_pkey PRIMARY KEY (id);
-- foreign key kr_kv_fkey on public.kr
--   may clash: ForeignKey, at once Some("ALTER TABLE public.kr ADD CONSTRAINT kr_kv_fkey FOREIGN KEY (kv) REFERENCES public.kv(id) ON DELETE CASCADE")
ALTER TABLE public.kr ADD CONSTRAINT kr_kv_fkey FOREIGN KEY (kv) REFERENCES public.kv(id) ON DELETE CASCADE NOT VALID;

-- tail:
-- foreign key kr_kv_fkey on public.kr: validate, public.kr
ALTER TABLE public.kr VALIDATE CONSTRAINT kr_kv_fkey;

-- parts:
--   column public.kr.id
--   column public.kr.kv
--   column public.kv.id
--   column public.kv.n
--   constraint kr_pkey on public.kr
--   constraint kv_pkey on public.kv
--   default public.kv.id
--   foreign key kr_kv_fkey on public.kr
--   index public.kr_pkey
--   index public.kv_pkey
--   table public.kr
--   table public.kv
--   trigger kt on public.kv

-- renumbered:
--   (#pg_class:16410:1, "column public.kv.id")
--   (#pg_class:16410:2, "column public.kv.n")
--   (#pg_class:16412:0, "index public.kv_pkey")
--   (#pg_class:16414:1, "column public.kr.id")
--   (#pg_class:16414:2, "column public.kr.kv")
--   (#pg_class:16415:0, "index public.kr_pkey")
--   (#pg_attrdef:16411:0, "default public.kv.id")
--   (#pg_constraint:16413:0, "constraint kv_pkey on public.kv")
--   (#pg_constraint:16416:0, "constraint kr_pkey on public.kr")
--   (#pg_constraint:16417:0, "foreign key kr_kv_fkey on public.kr")
--   (#pg_trigger:16419:0, "trigger kt on public.kv")

-- may be set aside:
--   Aside { schema: "public", table: "kv", column: None, copy_schema: "backout_undone_1", copy: "rows_16410_1", by: Json, left: None }
--   Aside { schema: "public", table: "kr", column: Some("kv"), copy_schema: "backout_undone_1", copy: "misfits_16414_2", by: RowOfKey(["id"]), left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::uuid) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.kv t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.kv t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text) LIMIT 5"), object: "column public.kv.id", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16414_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::uuid) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.kr t WHERE t.kv IS NOT NULL AND NOT pg_temp.backout_fits_16414_2(t.kv::text)", keys: Some("SELECT ROW(t.id)::text FROM public.kr t WHERE t.kv IS NOT NULL AND NOT pg_temp.backout_fits_16414_2(t.kv::text) LIMIT 5"), object: "column public.kr.kv", otherwise: "values that do not fit its former type are set aside or cut" }
