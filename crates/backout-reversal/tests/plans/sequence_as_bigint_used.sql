-- locks:
--   public.sb, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
ALTER TABLE public.sb DROP CONSTRAINT IF EXISTS sb_pkey CASCADE;
-- what the migration added
ALTER TABLE ONLY public.sb ALTER COLUMN id DROP DEFAULT;
-- sequence public.sb_id_seq
ALTER SEQUENCE public.sb_id_seq INCREMENT BY 1;
-- sequence public.sb_id_seq
SELECT pg_catalog.setval('public.sb_id_seq', 2147483647, true) FROM public.sb_id_seq s WHERE s.last_value > 2147483647;
-- sequence public.sb_id_seq
ALTER SEQUENCE public.sb_id_seq AS integer MINVALUE 1 MAXVALUE 2147483647;
-- column public.sb.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::bigint)::integer)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16411_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16411_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.sb t WHERE id IS NOT NULL AND backout_undone_1.misfits_16411_1_back(ROW(id)::text, id::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16411_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.sb ALTER COLUMN id TYPE integer USING backout_undone_1.misfits_16411_1_back(ROW(id)::text, id::text)::integer", "DROP FUNCTION backout_undone_1.misfits_16411_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_1", otherwise: "values of column public.sb.id that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_1, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16411_1", "rows of public.sb that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16411_1")), if_none: [] }
ALTER TABLE public.sb ALTER COLUMN id TYPE integer USING id::integer;
-- default public.sb.id
ALTER TABLE ONLY public.sb ALTER COLUMN id SET DEFAULT nextval('public.sb_id_seq'::regclass);
-- constraint sb_pkey on public.sb
--   may clash: Values, at once None
ALTER TABLE public.sb ADD CONSTRAINT sb_pkey PRIMARY KEY (id);
-- sequence public.sb_id_seq
SELECT pg_catalog.setval('public.sb_id_seq', least(greatest(coalesce((SELECT max(id) FROM public.sb), 1), 1), 2147483647), EXISTS (SELECT FROM public.sb WHERE id IS NOT NULL)) FROM public.sb_id_seq s WHERE s.last_value = 2147483647 AND s.is_called;

-- parts:
--   column public.sb.id
--   constraint sb_pkey on public.sb
--   default public.sb.id
--   index public.sb_pkey
--   table public.sb

-- renumbered:
--   (#pg_class:16410:0, "sequence public.sb_id_seq")
--   (#pg_class:16411:1, "column public.sb.id")
--   (#pg_class:16413:0, "index public.sb_pkey")
--   (#pg_attrdef:16412:0, "default public.sb.id")
--   (#pg_constraint:16414:0, "constraint sb_pkey on public.sb")

-- may be set aside:
--   Aside { schema: "public", table: "sb", column: None, copy_schema: "backout_undone_1", copy: "rows_16411_1", by: Json, left: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16411_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bigint)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.sb t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16411_1(t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.sb t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16411_1(t.id::text) LIMIT 5"), object: "column public.sb.id", otherwise: "values that do not fit its former type are set aside or cut" }
