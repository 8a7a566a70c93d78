-- locks:
--   public.kt, ACCESS EXCLUSIVE

-- steps:
-- constraint kt_pkey on public.kt
ALTER TABLE public.kt DROP CONSTRAINT IF EXISTS kt_pkey CASCADE;
-- what the migration added
ALTER TABLE ONLY public.kt ALTER COLUMN id DROP DEFAULT;
-- column public.kt.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::uuid)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.kt t WHERE id IS NOT NULL AND backout_undone_1.misfits_16410_1_back(ROW(id)::text, id::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16410_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.kt ALTER COLUMN id TYPE uuid USING backout_undone_1.misfits_16410_1_back(ROW(id)::text, id::text)::uuid", "DROP FUNCTION backout_undone_1.misfits_16410_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_1", otherwise: "values of column public.kt.id that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_1, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16410_1", "rows of public.kt that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16410_1")), if_none: [] }
ALTER TABLE public.kt ALTER COLUMN id TYPE uuid USING id::uuid;
-- table public.kt
ALTER TABLE public.kt RENAME TO backout_rebuilt_16410;
-- table public.kt
CREATE TABLE public.kt (id uuid, a text, b integer);
-- table public.kt
INSERT INTO public.kt (id, a, b) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.b FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_117273_2 c2 ON c2.id::uuid = t.id;
-- column public.kt.id
--   if all rows of public.kt have a value of id
ALTER TABLE public.kt ALTER COLUMN id SET NOT NULL;
-- table public.kt
DROP TABLE public.backout_rebuilt_16410;
-- default public.kt.id
ALTER TABLE ONLY public.kt ALTER COLUMN id SET DEFAULT gen_random_uuid();
-- constraint kt_pkey on public.kt
--   may clash: Values, at once None
ALTER TABLE public.kt ADD CONSTRAINT kt_pkey PRIMARY KEY (id);

-- tail:
-- table public.kt: analyze
ANALYZE public.kt;

-- rebuilt:
--   public.kt

-- remade:
--   #pg_class:16410:0 table public.kt

-- parts:
--   column public.kt.a
--   column public.kt.b
--   column public.kt.id
--   constraint kt_pkey on public.kt
--   default public.kt.id
--   index public.kt_pkey
--   table public.kt

-- renumbered:
--   (#pg_class:16410:0, "table public.kt")
--   (#pg_class:16410:1, "column public.kt.id")
--   (#pg_class:16410:2, "column public.kt.a")
--   (#pg_class:16410:3, "column public.kt.b")
--   (#pg_class:16412:0, "index public.kt_pkey")
--   (#pg_attrdef:16411:0, "default public.kt.id")
--   (#pg_constraint:16413:0, "constraint kt_pkey on public.kt")

-- may be set aside:
--   Aside { schema: "public", table: "kt", column: None, copy_schema: "backout_undone_1", copy: "rows_16410_1", by: Json, left: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::uuid) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.kt t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.kt t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text) LIMIT 5"), object: "column public.kt.id", otherwise: "values that do not fit its former type are set aside or cut" }

-- needs values:
--   NeedsValues { table: "public.kt", column: "id", heirs: ["public.kt"], forced: false }
