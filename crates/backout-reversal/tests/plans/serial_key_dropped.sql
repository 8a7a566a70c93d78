-- locks:
--   public.d, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.d.day
CREATE TABLE backout_undone_1.type_16411_3 (backout_row text, backout_value text);

-- steps:
-- index public.d_day
DROP INDEX IF EXISTS public.d_day CASCADE;
-- constraint d_pkey on public.d
ALTER TABLE public.d DROP CONSTRAINT IF EXISTS d_pkey CASCADE;
-- sequence public.d_id_seq
ALTER SEQUENCE backout_archive_1."77638 d_id_seq" SET SCHEMA public;
-- sequence public.d_id_seq
ALTER SEQUENCE public."77638 d_id_seq" RENAME TO d_id_seq;
-- column public.d.a
ALTER TABLE public.d ALTER COLUMN a DROP NOT NULL;
-- column public.d.day
INSERT INTO backout_undone_1.type_16411_3 SELECT t::text, t.day::text FROM public.d t WHERE ((t.day::date)::timestamp without time zone)::text IS DISTINCT FROM t.day::text;
-- column public.d.day
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::timestamp without time zone)::date)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16411_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16411_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.d t WHERE day IS NOT NULL AND backout_undone_1.misfits_16411_3_back(ROW(day)::text, day::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16411_3 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.d ALTER COLUMN day TYPE date USING backout_undone_1.misfits_16411_3_back(ROW(day)::text, day::text)::date", "DROP FUNCTION backout_undone_1.misfits_16411_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_3", otherwise: "values of column public.d.day that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_3, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16411_3", "rows of public.d that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16411_3")), if_none: [] }
ALTER TABLE public.d ALTER COLUMN day TYPE date USING day::date;
-- column public.d.day
ALTER TABLE public.d ALTER COLUMN day DROP NOT NULL;
-- table public.d
ALTER SEQUENCE public.d_id_seq OWNED BY NONE;
-- table public.d
ALTER TABLE public.d RENAME TO backout_rebuilt_16411;
-- table public.d
CREATE TABLE public.d (id integer, a integer, day date);
-- table public.d
INSERT INTO public.d (id, a, day) OVERRIDING SYSTEM VALUE SELECT coalesce(w.id, (nextval('public.d_id_seq'::regclass))::integer), t.a, t.day FROM (SELECT i.*, ROW(i.a, i.day)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.day)::text) AS backout_place FROM ONLY public.backout_rebuilt_16411 i) t LEFT JOIN (SELECT i.*, ROW(i.a, i.day)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.day)::text) AS backout_place FROM backout_archive_1.rows_77639 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.d.id
ALTER TABLE public.d ALTER COLUMN id SET NOT NULL;
-- table public.d
DROP TABLE public.backout_rebuilt_16411;
-- table public.d
ALTER SEQUENCE public.d_id_seq OWNED BY public.d.id;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.day, i.id)::text FROM backout_archive_1.rows_77639 i EXCEPT ALL SELECT ROW(i.a, i.day, i.id)::text FROM ONLY public.d i) d; forced None; otherwise rows of public.d were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_77639; if none None
-- default public.d.id
ALTER TABLE ONLY public.d ALTER COLUMN id SET DEFAULT nextval('public.d_id_seq'::regclass);
-- constraint d_pkey on public.d
--   may clash: Values, at once None
ALTER TABLE public.d ADD CONSTRAINT d_pkey PRIMARY KEY (id);
-- index public.d_day
--   may clash: Values, at once None
CREATE UNIQUE INDEX d_day ON public.d USING btree (day);
-- sequence public.d_id_seq
ALTER SEQUENCE public.d_id_seq OWNED BY public.d.id;

-- tail:
-- table public.d: analyze
ANALYZE public.d;

-- rebuilt:
--   public.d

-- remade:
--   #pg_class:16411:0 table public.d

-- parts:
--   column public.d.a
--   column public.d.day
--   column public.d.id
--   constraint d_pkey on public.d
--   default public.d.id
--   index public.d_day
--   index public.d_pkey
--   table public.d

-- renumbered:
--   (#pg_class:16410:0, "sequence public.d_id_seq")
--   (#pg_class:16411:0, "table public.d")
--   (#pg_class:16411:1, "column public.d.id")
--   (#pg_class:16411:2, "column public.d.a")
--   (#pg_class:16411:3, "column public.d.day")
--   (#pg_class:16413:0, "index public.d_pkey")
--   (#pg_class:16415:0, "index public.d_day")
--   (#pg_attrdef:16412:0, "default public.d.id")
--   (#pg_constraint:16414:0, "constraint d_pkey on public.d")

-- may be set aside:
--   Aside { schema: "public", table: "d", column: Some("day"), copy_schema: "backout_undone_1", copy: "type_16411_3", by: Nothing, left: Some("(((c.backout_value::timestamp without time zone)::date)::timestamp without time zone)::text") }
--   Aside { schema: "public", table: "d", column: None, copy_schema: "backout_undone_1", copy: "rows_16411_3", by: Json, left: None }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16411_3", forced: None, otherwise: "values of column public.d.day that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16411_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16411_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16411_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::timestamp without time zone)::date)::timestamp without time zone)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.d t WHERE t.day IS NOT NULL AND NOT pg_temp.backout_fits_16411_3(t.day::text)", keys: Some("SELECT ROW(t.a, t.day)::text FROM public.d t WHERE t.day IS NOT NULL AND NOT pg_temp.backout_fits_16411_3(t.day::text) LIMIT 5"), object: "column public.d.day", otherwise: "values that do not fit its former type are set aside or cut" }
