-- locks:
--   public.xw, ACCESS EXCLUSIVE

-- before the locks:
-- table public.xw
CREATE TABLE backout_archive_1.rows_93725_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.a, s.z FROM (SELECT i.*, ROW(i.id, i.a, i.z)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_93725_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.a, i.z)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.xw.l
CREATE SCHEMA IF NOT EXISTS backout_undone_1;
-- column public.xw.l
CREATE TABLE backout_undone_1.generated_16410_3 (backout_row text, backout_value text);
-- column public.xw.l
INSERT INTO backout_undone_1.generated_16410_3 SELECT ROW(t.id)::text, t.l::text FROM public.xw t WHERE t.l::text IS DISTINCT FROM (((a * 2))::integer)::text;
-- column public.xw.l
ALTER TABLE public.xw DROP COLUMN IF EXISTS l CASCADE;
-- constraint xw_pkey on public.xw
ALTER TABLE public.xw DROP CONSTRAINT IF EXISTS xw_pkey CASCADE;
-- table public.xw
ALTER TABLE public.xw RENAME TO backout_rebuilt_16410;
-- table public.xw
CREATE TABLE public.xw (id integer NOT NULL, a integer, l integer GENERATED ALWAYS AS ((a * 2)) STORED, z text);
-- table public.xw
INSERT INTO public.xw (id, a, z) OVERRIDING SYSTEM VALUE SELECT t.id, t.a, t.z FROM ONLY public.backout_rebuilt_16410 t;
-- table public.xw
DROP TABLE public.backout_rebuilt_16410;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.xw
--   expected: 1 rows, otherwise rows that the migration took out of table public.xw did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.xw (id, a, z) OVERRIDING SYSTEM VALUE SELECT m.id, m.a, m.z FROM (SELECT i.* FROM backout_archive_1.rows_93725_1_sum i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_93725_1_sum o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.xw t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- constraint xw_pkey on public.xw
--   may clash: Values, at once None
ALTER TABLE public.xw ADD CONSTRAINT xw_pkey PRIMARY KEY (id);

-- tail:
-- table public.xw: analyze
ANALYZE public.xw;

-- rebuilt:
--   public.xw

-- remade:
--   #pg_class:16410:0 table public.xw
--   #pg_class:16411:0 index public.xw_pkey
--   #pg_constraint:16412:0 constraint xw_pkey on public.xw

-- parts:
--   column public.xw.a
--   column public.xw.id
--   column public.xw.l
--   column public.xw.z
--   constraint xw_pkey on public.xw
--   index public.xw_pkey
--   table public.xw

-- renumbered:
--   (#pg_class:16410:0, "table public.xw")
--   (#pg_class:16410:1, "column public.xw.id")
--   (#pg_class:16410:2, "column public.xw.a")
--   (#pg_class:16410:3, "column public.xw.l")
--   (#pg_class:16410:4, "column public.xw.z")
--   (#pg_class:16411:0, "index public.xw_pkey")
--   (#pg_constraint:16412:0, "constraint xw_pkey on public.xw")

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.generated_16410_3", forced: None, otherwise: "values of column public.xw.l are not what it is generated as again; they lie in backout_undone_1.generated_16410_3, by the key of their rows", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.generated_16410_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
