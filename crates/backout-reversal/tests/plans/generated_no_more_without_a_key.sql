-- locks:
--   public.gk, ACCESS EXCLUSIVE

-- before the locks:
-- table public.gk
CREATE TABLE backout_archive_1.rows_165655_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.a, s.z FROM (SELECT i.*, ROW(i.a, i.z)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_165655_1 i WINDOW w AS (PARTITION BY ROW(i.a, i.z)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.gk.g
CREATE SCHEMA IF NOT EXISTS backout_undone_1;
-- column public.gk.g
CREATE TABLE backout_undone_1.generated_16410_2 (backout_row text, backout_value text);
-- column public.gk.g
INSERT INTO backout_undone_1.generated_16410_2 SELECT t::text, t.g::text FROM public.gk t WHERE t.g::text IS DISTINCT FROM (((a * 2))::integer)::text;
-- column public.gk.g
ALTER TABLE public.gk DROP COLUMN IF EXISTS g CASCADE;
-- table public.gk
ALTER TABLE public.gk RENAME TO backout_rebuilt_16410;
-- table public.gk
CREATE TABLE public.gk (a integer, g integer GENERATED ALWAYS AS ((a * 2)) STORED, z text);
-- table public.gk
INSERT INTO public.gk (a, z) OVERRIDING SYSTEM VALUE SELECT t.a, t.z FROM ONLY public.backout_rebuilt_16410 t;
-- table public.gk
DROP TABLE public.backout_rebuilt_16410;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.gk
--   expected: 2 rows, otherwise rows that the migration left in table public.gk were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.gk d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.a, t.z)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.a, t.z)::text) AS n FROM ONLY public.gk t) c, (SELECT ROW(i.a, i.z)::text AS text, i.backout_count FROM backout_archive_1.rows_165655_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.gk
--   expected: 3 rows, otherwise rows that the migration took out of table public.gk did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.gk (a, z) OVERRIDING SYSTEM VALUE SELECT m.a, m.z FROM (SELECT i.* FROM backout_archive_1.rows_165655_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;

-- tail:
-- table public.gk: analyze
ANALYZE public.gk;

-- rebuilt:
--   public.gk

-- remade:
--   #pg_class:16410:0 table public.gk

-- parts:
--   column public.gk.a
--   column public.gk.g
--   column public.gk.z
--   table public.gk

-- renumbered:
--   (#pg_class:16410:0, "table public.gk")
--   (#pg_class:16410:1, "column public.gk.a")
--   (#pg_class:16410:2, "column public.gk.g")
--   (#pg_class:16410:3, "column public.gk.z")

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.generated_16410_2", forced: None, otherwise: "values of column public.gk.g are not what it is generated as again; they lie in backout_undone_1.generated_16410_2, by the key of their rows", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.generated_16410_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
