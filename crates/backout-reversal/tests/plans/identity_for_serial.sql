-- locks:
--   public.si, ACCESS EXCLUSIVE
--   public.sk, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
ALTER TABLE public.sk DROP CONSTRAINT IF EXISTS sj_si_fkey CASCADE;
-- what the migration added
ALTER TABLE public.si DROP CONSTRAINT IF EXISTS si_pkey CASCADE;
-- sequence public.si_id_seq
ALTER SEQUENCE public.si_id_seq RENAME TO backout_renamed_16426_0;
-- sequence public.sj_s_id_seq
ALTER SEQUENCE public.sj_s_id_seq RENAME TO backout_renamed_16427_0;
-- sequence public.si_id_seq
ALTER SEQUENCE backout_archive_1."148194 si_id_seq" SET SCHEMA public;
-- sequence public.sj_s_id_seq
ALTER SEQUENCE backout_archive_1."148203 sj_s_id_seq" SET SCHEMA public;
-- table public.sj
ALTER TABLE public.sk RENAME TO sj;
-- sequence public.si_id_seq
ALTER SEQUENCE public."148194 si_id_seq" RENAME TO si_id_seq;
-- sequence public.sj_s_id_seq
ALTER SEQUENCE public."148203 sj_s_id_seq" RENAME TO sj_s_id_seq;
-- sequence public.si_id_seq
ALTER SEQUENCE public.si_id_seq OWNED BY public.si.id;
-- sequence public.sj_s_id_seq
ALTER SEQUENCE public.sj_s_id_seq OWNED BY public.sj.s_id;
-- column public.si.id
ALTER TABLE public.si ALTER COLUMN id DROP IDENTITY;
-- column public.si.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::bigint)::integer)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16411_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16411_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.si t WHERE id IS NOT NULL AND backout_undone_1.misfits_16411_1_back(ROW(id)::text, id::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16411_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.si ALTER COLUMN id TYPE integer USING backout_undone_1.misfits_16411_1_back(ROW(id)::text, id::text)::integer", "DROP FUNCTION backout_undone_1.misfits_16411_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_1", otherwise: "values of column public.si.id that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_1, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16411_1", "rows of public.si that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16411_1")), if_none: [] }
ALTER TABLE public.si ALTER COLUMN id TYPE integer USING id::integer;
-- column public.sj.s_id
ALTER TABLE public.sj ALTER COLUMN s_id DROP IDENTITY;
-- column public.sj.si
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16416_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16416_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::bigint)::integer)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16416_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.sj ALTER COLUMN si TYPE integer USING backout_undone_1.misfits_16416_2_back(ROW(s_id)::text, si::text)::integer", "DROP FUNCTION backout_undone_1.misfits_16416_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16416_2", otherwise: "values of column public.sj.si that were written since do not fit its former type; they lie in backout_undone_1.misfits_16416_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.sj ALTER COLUMN si TYPE integer USING si::integer;
-- default public.si.id
ALTER TABLE ONLY public.si ALTER COLUMN id SET DEFAULT nextval('public.si_id_seq'::regclass);
-- default public.sj.s_id
ALTER TABLE ONLY public.sj ALTER COLUMN s_id SET DEFAULT nextval('public.sj_s_id_seq'::regclass);
-- constraint si_pkey on public.si
--   may clash: Values, at once None
ALTER TABLE public.si ADD CONSTRAINT si_pkey PRIMARY KEY (id);
-- foreign key sj_si_fkey on public.sj
--   may clash: ForeignKey, at once Some("ALTER TABLE public.sj ADD CONSTRAINT sj_si_fkey FOREIGN KEY (si) REFERENCES public.si(id)")
ALTER TABLE public.sj ADD CONSTRAINT sj_si_fkey FOREIGN KEY (si) REFERENCES public.si(id) NOT VALID;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- tail:
-- foreign key sj_si_fkey on public.sj: validate, public.sj
ALTER TABLE public.sj VALIDATE CONSTRAINT sj_si_fkey;

-- parts:
--   column public.si.a
--   column public.si.id
--   column public.sj.s_id
--   column public.sj.si
--   constraint si_pkey on public.si
--   constraint sj_pkey on public.sj
--   default public.si.id
--   default public.sj.s_id
--   foreign key sj_si_fkey on public.sj
--   index public.si_pkey
--   index public.sj_pkey
--   table public.si
--   table public.sj

-- renumbered:
--   (#pg_class:16410:0, "sequence public.si_id_seq")
--   (#pg_class:16411:1, "column public.si.id")
--   (#pg_class:16411:2, "column public.si.a")
--   (#pg_class:16413:0, "index public.si_pkey")
--   (#pg_class:16415:0, "sequence public.sj_s_id_seq")
--   (#pg_class:16416:0, "table public.sj")
--   (#pg_class:16416:1, "column public.sj.s_id")
--   (#pg_class:16416:2, "column public.sj.si")
--   (#pg_class:16418:0, "index public.sj_pkey")
--   (#pg_attrdef:16412:0, "default public.si.id")
--   (#pg_attrdef:16417:0, "default public.sj.s_id")
--   (#pg_constraint:16414:0, "constraint si_pkey on public.si")
--   (#pg_constraint:16419:0, "constraint sj_pkey on public.sj")
--   (#pg_constraint:16420:0, "foreign key sj_si_fkey on public.sj")

-- may be set aside:
--   Aside { schema: "public", table: "si", column: None, copy_schema: "backout_undone_1", copy: "rows_16411_1", by: Json, left: None }
--   Aside { schema: "public", table: "sk", column: Some("si"), copy_schema: "backout_undone_1", copy: "misfits_16416_2", by: RowOfKey(["s_id"]), left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16411_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bigint)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.si t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16411_1(t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.si t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16411_1(t.id::text) LIMIT 5"), object: "column public.si.id", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16416_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bigint)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.sk t WHERE t.si IS NOT NULL AND NOT pg_temp.backout_fits_16416_2(t.si::text)", keys: Some("SELECT ROW(t.s_id)::text FROM public.sk t WHERE t.si IS NOT NULL AND NOT pg_temp.backout_fits_16416_2(t.si::text) LIMIT 5"), object: "column public.sj.si", otherwise: "values that do not fit its former type are set aside or cut" }
