-- locks:
--   public.rt, SHARE ROW EXCLUSIVE
--   public.ru, SHARE ROW EXCLUSIVE

-- before the locks:
-- table public.rt
UPDATE backout_archive_1.rows_167053_1 SET s = CASE s WHEN 'b' THEN 'a' WHEN 'a' THEN 'b' ELSE s END, l = (pg_catalog.array_replace(pg_catalog.array_replace(pg_catalog.array_replace(pg_catalog.array_replace(l::text[], 'b', 'backout_backout_backout_backout_backout_backout_backout_backout_backout_0'), 'a', 'backout_backout_backout_backout_backout_backout_backout_backout_backout_1'), 'backout_backout_backout_backout_backout_backout_backout_backout_backout_0', 'a'), 'backout_backout_backout_backout_backout_backout_backout_backout_backout_1', 'b'))::text;
-- table public.ru
UPDATE backout_archive_1.rows_167060_1 SET s = CASE s WHEN 'b' THEN 'a' WHEN 'a' THEN 'b' ELSE s END;
-- table public.ru
CREATE TABLE backout_archive_1.rows_167060_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.s, s.n FROM (SELECT i.*, ROW(i.s, i.n)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_167060_1 i WINDOW w AS (PARTITION BY ROW(i.s, i.n)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.rt
CREATE TABLE backout_archive_1.rows_167053_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.s, s.l FROM (SELECT i.*, ROW(i.id, i.s, i.l)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_167053_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.s, i.l)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- type public.rx
ALTER TYPE public.rx RENAME VALUE 'a' TO 'backout_1';
-- type public.rx
ALTER TYPE public.rx RENAME VALUE 'b' TO 'backout_0';
-- type public.rx
ALTER TYPE public.rx RENAME VALUE 'backout_0' TO 'a';
-- type public.rx
ALTER TYPE public.rx RENAME VALUE 'backout_1' TO 'b';
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.ru
--   expected: 1 rows, otherwise rows that the migration left in table public.ru were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.ru d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.s::text, t.n)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.s::text, t.n)::text) AS n FROM ONLY public.ru t) c, (SELECT ROW(i.s::text, i.n)::text AS text, i.backout_count FROM backout_archive_1.rows_167060_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.ru
--   expected: 1 rows, otherwise rows that the migration took out of table public.ru did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.ru (s, n) OVERRIDING SYSTEM VALUE SELECT m.s::text::public.rx, m.n FROM (SELECT i.* FROM backout_archive_1.rows_167060_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.rt
--   expected: 3 rows, otherwise rows of table public.rt were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.rt t SET s = m.s::text::public.rx FROM backout_archive_1.rows_167053_1_sum m JOIN backout_archive_1.rows_167053_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.s::text IS NOT DISTINCT FROM p.s::text OR t.s::text IS NOT DISTINCT FROM m.s::text);
-- table public.rt
--   only after a shortfall
UPDATE ONLY public.rt t SET s = CASE WHEN t.s::text IS NOT DISTINCT FROM p.s::text THEN m.s::text::public.rx ELSE t.s END FROM backout_archive_1.rows_167053_1_sum m JOIN backout_archive_1.rows_167053_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.s::text IS NOT DISTINCT FROM p.s::text AND m.s::text IS DISTINCT FROM p.s::text));

-- renumbered:
--   (#pg_type:16410:0, "type public.rx")
