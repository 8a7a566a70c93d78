-- locks:
--   public.rt, ACCESS EXCLUSIVE
--   public.ru, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- table public.ru
CREATE TABLE backout_archive_1.rows_166867_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.s, s.n FROM (SELECT i.*, ROW(i.s, i.n)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_166867_1 i WINDOW w AS (PARTITION BY ROW(i.s, i.n)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.rt
CREATE TABLE backout_archive_1.rows_166859_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.s, s.l FROM (SELECT i.*, ROW(i.id, i.s, i.l)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_166859_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.s, i.l)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- column public.rt.s
CREATE TABLE backout_undone_1.value_16411_2 (id text, backout_value text);
-- column public.rt.l
CREATE TABLE backout_undone_1.value_16411_3 (id text, backout_value text);
-- column public.ru.s
CREATE TABLE backout_undone_1.value_16415_1 (backout_row text, backout_value text);

-- steps:
-- default public.rt.s
ALTER TABLE ONLY public.rt ALTER COLUMN s DROP DEFAULT;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.ru
--   expected: 2 rows, otherwise rows that the migration left in table public.ru were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.ru d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.s::text, t.n)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.s::text, t.n)::text) AS n FROM ONLY public.ru t) c, (SELECT ROW(i.s::text, i.n)::text AS text, i.backout_count FROM backout_archive_1.rows_166867_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.ru
--   expected: 2 rows, otherwise rows that the migration took out of table public.ru did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.ru (s, n) OVERRIDING SYSTEM VALUE SELECT m.s::text::public.rx, m.n FROM (SELECT i.* FROM backout_archive_1.rows_166867_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.rt
--   expected: 2 rows, otherwise rows of table public.rt were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.rt t SET s = m.s::text::public.rx, l = m.l::text::public.rx[] FROM backout_archive_1.rows_166859_1_sum m JOIN backout_archive_1.rows_166859_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.s::text IS NOT DISTINCT FROM p.s::text OR t.s::text IS NOT DISTINCT FROM m.s::text) AND (t.l::text IS NOT DISTINCT FROM p.l::text OR t.l::text IS NOT DISTINCT FROM m.l::text);
-- table public.rt
--   only after a shortfall
UPDATE ONLY public.rt t SET s = CASE WHEN t.s::text IS NOT DISTINCT FROM p.s::text THEN m.s::text::public.rx ELSE t.s END, l = CASE WHEN t.l::text IS NOT DISTINCT FROM p.l::text THEN m.l::text::public.rx[] ELSE t.l END FROM backout_archive_1.rows_166859_1_sum m JOIN backout_archive_1.rows_166859_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.s::text IS NOT DISTINCT FROM p.s::text AND m.s::text IS DISTINCT FROM p.s::text) OR (t.l::text IS NOT DISTINCT FROM p.l::text AND m.l::text IS DISTINCT FROM p.l::text));
-- table public.rt
--   expected: 1 rows, otherwise rows that the migration put into table public.rt stay: they were changed since, or others refer to them
DELETE FROM ONLY public.rt t USING (SELECT i.* FROM backout_archive_1.rows_166859_1_sum i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_166859_1_sum o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.s::text, t.l::text)::text = ROW(p.id, p.s::text, p.l::text)::text;
-- type public.rx
ALTER TYPE public.rx RENAME TO backout_rebuilt_16410;
-- type public.rx
CREATE TYPE public.rx AS ENUM ('a', 'b');
-- column public.rt.s
INSERT INTO backout_undone_1.value_16411_2 SELECT t.id::text, t.s::text FROM public.rt t WHERE t.s::text IN ('y');
-- column public.rt.l
INSERT INTO backout_undone_1.value_16411_3 SELECT t.id::text, t.l::text FROM public.rt t WHERE t.l::text[] && ARRAY['y']::text[];
-- table public.rt
ALTER TABLE public.rt ALTER COLUMN s TYPE public.rx USING (NULLIF(s::text, 'y'))::public.rx, ALTER COLUMN l TYPE public.rx[] USING (pg_catalog.array_remove(l::text[], 'y'))::public.rx[];
-- column public.ru.s
INSERT INTO backout_undone_1.value_16415_1 SELECT t::text, t.s::text FROM public.ru t WHERE t.s::text IN ('y');
-- table public.ru
ALTER TABLE public.ru ALTER COLUMN s TYPE public.rx USING (NULLIF(s::text, 'y'))::public.rx;
-- type public.rx
DROP TYPE public.backout_rebuilt_16410;
-- default public.rt.s
ALTER TABLE ONLY public.rt ALTER COLUMN s SET DEFAULT 'a'::public.rx;

-- tail:
-- table public.rt: analyze
ANALYZE public.rt;
-- table public.ru: analyze
ANALYZE public.ru;

-- remade:
--   #pg_attrdef:16412:0 default public.rt.s

-- parts:
--   column public.rt.id
--   column public.rt.l
--   column public.rt.s
--   constraint rt_pkey on public.rt
--   default public.rt.s
--   index public.rt_pkey
--   table public.rt

-- renumbered:
--   (#pg_type:16410:0, "type public.rx")
--   (#pg_class:16411:1, "column public.rt.id")
--   (#pg_class:16411:2, "column public.rt.s")
--   (#pg_class:16411:3, "column public.rt.l")
--   (#pg_class:16413:0, "index public.rt_pkey")
--   (#pg_class:16415:1, "column public.ru.s")
--   (#pg_class:16415:2, "column public.ru.n")
--   (#pg_attrdef:16412:0, "default public.rt.s")
--   (#pg_constraint:16414:0, "constraint rt_pkey on public.rt")

-- set aside:
--   SetAside { table: "public.rt", column: "s", copy: "backout_undone_1.value_16411_2", count: "SELECT greatest(count(*), 0)::bigint FROM public.rt t WHERE t.s::text IN ('y') AND NOT (EXISTS (SELECT FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.s, s.l FROM (SELECT i.*, ROW(i.id, i.s, i.l)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_166859_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.s, i.l)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.s::text IS NOT DISTINCT FROM t.s::text AND p.l::text IS NOT DISTINCT FROM t.l::text AND NOT EXISTS (SELECT FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.s, s.l FROM (SELECT i.*, ROW(i.id, i.s, i.l)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_166859_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.s, i.l)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) m WHERE NOT m.backout_new AND m.id::text = t.id::text)) OR EXISTS (SELECT FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.s, s.l FROM (SELECT i.*, ROW(i.id, i.s, i.l)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_166859_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.s, i.l)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) p WHERE p.backout_new AND p.id::text = t.id::text AND p.s::text IS NOT DISTINCT FROM t.s::text) AND EXISTS (SELECT FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.s, s.l FROM (SELECT i.*, ROW(i.id, i.s, i.l)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_166859_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.s, i.l)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) m WHERE NOT m.backout_new AND m.id::text = t.id::text AND true))" }
--   SetAside { table: "public.rt", column: "l", copy: "backout_undone_1.value_16411_3", count: "SELECT greatest(count(*), 0)::bigint FROM public.rt t WHERE t.l::text[] && ARRAY['y']::text[] AND NOT (EXISTS (SELECT FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.s, s.l FROM (SELECT i.*, ROW(i.id, i.s, i.l)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_166859_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.s, i.l)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.s::text IS NOT DISTINCT FROM t.s::text AND p.l::text IS NOT DISTINCT FROM t.l::text AND NOT EXISTS (SELECT FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.s, s.l FROM (SELECT i.*, ROW(i.id, i.s, i.l)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_166859_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.s, i.l)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) m WHERE NOT m.backout_new AND m.id::text = t.id::text)) OR EXISTS (SELECT FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.s, s.l FROM (SELECT i.*, ROW(i.id, i.s, i.l)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_166859_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.s, i.l)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) p WHERE p.backout_new AND p.id::text = t.id::text AND p.l::text IS NOT DISTINCT FROM t.l::text) AND EXISTS (SELECT FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.s, s.l FROM (SELECT i.*, ROW(i.id, i.s, i.l)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_166859_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.s, i.l)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) m WHERE NOT m.backout_new AND m.id::text = t.id::text AND true))" }
--   SetAside { table: "public.ru", column: "s", copy: "backout_undone_1.value_16415_1", count: "SELECT greatest(count(*) - (SELECT coalesce(pg_catalog.sum(n.backout_count), 0) FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.s, s.n FROM (SELECT i.*, ROW(i.s, i.n)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_166867_1 i WINDOW w AS (PARTITION BY ROW(i.s, i.n)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) n WHERE n.backout_new AND n.s::text IN ('y')), 0)::bigint FROM public.ru t WHERE t.s::text IN ('y')" }

-- may be set aside:
--   Aside { schema: "public", table: "rt", column: Some("s"), copy_schema: "backout_undone_1", copy: "value_16411_2", by: TextKey(["id"]), left: Some("(NULLIF(c.backout_value::text, 'y'))::text") }
--   Aside { schema: "public", table: "rt", column: Some("l"), copy_schema: "backout_undone_1", copy: "value_16411_3", by: TextKey(["id"]), left: Some("(pg_catalog.array_remove(c.backout_value::text[], 'y'))::text") }
--   Aside { schema: "public", table: "ru", column: Some("s"), copy_schema: "backout_undone_1", copy: "value_16415_1", by: Nothing, left: Some("(NULLIF(c.backout_value::text, 'y'))::text") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16411_2", forced: None, otherwise: "values of column public.rt.s are ones that its type did not have before; they lie in backout_undone_1.value_16411_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16411_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16411_3", forced: None, otherwise: "values of column public.rt.l are ones that its type did not have before; they lie in backout_undone_1.value_16411_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16411_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16415_1", forced: None, otherwise: "values of column public.ru.s are ones that its type did not have before; they lie in backout_undone_1.value_16415_1", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16415_1; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
