-- locks:
--   public.ka, ACCESS EXCLUSIVE
--   public.kb, ACCESS EXCLUSIVE

-- before the locks:
-- column public.ka.id
CREATE TABLE backout_archive_1.type_119260_1_left (backout_value text);
-- column public.ka.id
CREATE FUNCTION backout_archive_1.type_119260_1_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_119260_1 c WHERE c.backout_new = $1; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::uuid)::text::integer)::text IS NULL OR ((($1::uuid)::text::integer)::text::uuid)::text = $1 THEN RETURN (($1::uuid)::text::integer)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_119260_1_left VALUES ($1); RETURN NULL; END';
-- column public.kb.ka
CREATE TABLE backout_archive_1.type_119272_2_left (id text, backout_value text);
-- column public.kb.ka
CREATE FUNCTION backout_archive_1.type_119272_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_119272_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::uuid)::text::integer)::text IS NULL OR ((($2::uuid)::text::integer)::text::uuid)::text = $2 THEN RETURN (($2::uuid)::text::integer)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_119272_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- what the migration added
ALTER TABLE public.kb DROP CONSTRAINT IF EXISTS kb_ka_fkey CASCADE;
-- what the migration added
ALTER TABLE public.ka DROP CONSTRAINT IF EXISTS ka_pkey CASCADE;
-- column public.ka.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.rows_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.ka t WHERE id IS NOT NULL AND backout_archive_1.type_119260_1_back(id::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16410_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.ka ALTER COLUMN id TYPE integer USING backout_archive_1.type_119260_1_back(id::text)::integer"], count: "", otherwise: "", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16410_1", "rows of public.ka that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16410_1")), if_none: [] }
ALTER TABLE public.ka ALTER COLUMN id TYPE integer USING backout_archive_1.type_119260_1_back(id::text)::integer;
-- column public.kb.ka
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "ALTER TABLE public.kb ALTER COLUMN ka DROP NOT NULL", "ALTER TABLE public.kb ALTER COLUMN ka TYPE integer USING backout_archive_1.type_119272_2_back(id::text, ka::text)::integer"], count: "", otherwise: "", nullable: [("public.kb", "ka")], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.kb ALTER COLUMN ka TYPE integer USING backout_archive_1.type_119272_2_back(id::text, ka::text)::integer;
-- column public.ka.gone
ALTER TABLE public.ka ADD COLUMN gone text;
-- column public.ka.gone
UPDATE ONLY public.ka t SET gone = c.backout_value FROM backout_archive_1.column_119260_3 c WHERE t.id = (SELECT y.backout_old FROM backout_archive_1.type_119260_1 y WHERE y.backout_new = c.id::text)::integer;
-- constraint ka_pkey on public.ka
--   may clash: Values, at once None
ALTER TABLE public.ka ADD CONSTRAINT ka_pkey PRIMARY KEY (id);
-- foreign key kb_ka_fkey on public.kb
--   may clash: ForeignKey, at once Some("ALTER TABLE public.kb ADD CONSTRAINT kb_ka_fkey FOREIGN KEY (ka) REFERENCES public.ka(id)")
ALTER TABLE public.kb ADD CONSTRAINT kb_ka_fkey FOREIGN KEY (ka) REFERENCES public.ka(id) NOT VALID;

-- closing:
-- column public.ka.id
DROP FUNCTION backout_archive_1.type_119260_1_back;
-- column public.kb.ka
DROP FUNCTION backout_archive_1.type_119272_2_back;

-- tail:
-- foreign key kb_ka_fkey on public.kb: validate, public.kb
ALTER TABLE public.kb VALIDATE CONSTRAINT kb_ka_fkey;

-- parts:
--   column public.ka.gone
--   column public.ka.id
--   column public.ka.n
--   column public.kb.id
--   column public.kb.ka
--   constraint ka_pkey on public.ka
--   constraint kb_pkey on public.kb
--   foreign key kb_ka_fkey on public.kb
--   index public.ka_pkey
--   index public.kb_pkey
--   table public.ka
--   table public.kb

-- renumbered:
--   (#pg_class:16410:1, "column public.ka.id")
--   (#pg_class:16410:2, "column public.ka.n")
--   (#pg_class:16410:3, "column public.ka.gone")
--   (#pg_class:16411:0, "index public.ka_pkey")
--   (#pg_class:16413:1, "column public.kb.id")
--   (#pg_class:16413:2, "column public.kb.ka")
--   (#pg_class:16414:0, "index public.kb_pkey")
--   (#pg_constraint:16412:0, "constraint ka_pkey on public.ka")
--   (#pg_constraint:16415:0, "constraint kb_pkey on public.kb")
--   (#pg_constraint:16416:0, "foreign key kb_ka_fkey on public.kb")

-- may be set aside:
--   Aside { schema: "public", table: "ka", column: None, copy_schema: "backout_undone_1", copy: "rows_16410_1", by: Json, left: None }
--   Aside { schema: "public", table: "kb", column: Some("ka"), copy_schema: "backout_archive_1", copy: "type_119272_2_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_119260_1_left", forced: None, otherwise: "values of column public.ka.id that were written since do not fit its former type; they lie in backout_archive_1.type_119260_1_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_119272_2_left", forced: None, otherwise: "values of column public.kb.ka that were written since do not fit its former type; they lie in backout_archive_1.type_119272_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::uuid)::text::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.ka t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_119260_1 c WHERE c.backout_new IS NOT DISTINCT FROM t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.ka t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_119260_1 c WHERE c.backout_new IS NOT DISTINCT FROM t.id::text) LIMIT 5"), object: "column public.ka.id", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16413_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::uuid)::text::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.kb t WHERE t.ka IS NOT NULL AND NOT pg_temp.backout_fits_16413_2(t.ka::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_119272_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.ka::text)", keys: Some("SELECT ROW(t.id)::text FROM public.kb t WHERE t.ka IS NOT NULL AND NOT pg_temp.backout_fits_16413_2(t.ka::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_119272_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.ka::text) LIMIT 5"), object: "column public.kb.ka", otherwise: "values that do not fit its former type are set aside or cut" }
