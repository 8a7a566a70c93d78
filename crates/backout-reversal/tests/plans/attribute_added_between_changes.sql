-- locks:
--   public.at, SHARE ROW EXCLUSIVE
--   public.au, SHARE ROW EXCLUSIVE

-- before the locks:
-- table public.au
CREATE TABLE backout_archive_1.rows_167759_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.x, s.n FROM (SELECT i.*, ROW(i.x, i.n)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_167759_1 i WINDOW w AS (PARTITION BY ROW(i.x, i.n)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.at
CREATE TABLE backout_archive_1.rows_167752_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.x FROM (SELECT i.*, ROW(i.id, i.x)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_167752_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.x)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.au
--   expected: 2 rows, otherwise rows that the migration left in table public.au were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.au d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.x::text, t.n)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.x::text, t.n)::text) AS n FROM ONLY public.au t) c, (SELECT ROW(i.x::text, i.n)::text AS text, i.backout_count FROM backout_archive_1.rows_167759_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.au
--   expected: 2 rows, otherwise rows that the migration took out of table public.au did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.au (x, n) OVERRIDING SYSTEM VALUE SELECT m.x::text::public.ct, m.n FROM (SELECT i.* FROM backout_archive_1.rows_167759_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.at
--   expected: 3 rows, otherwise rows of table public.at were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.at t SET x = m.x::text::public.ct FROM backout_archive_1.rows_167752_1_sum m JOIN backout_archive_1.rows_167752_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.x::text IS NOT DISTINCT FROM p.x::text OR t.x::text IS NOT DISTINCT FROM m.x::text);
-- table public.at
--   only after a shortfall
UPDATE ONLY public.at t SET x = CASE WHEN t.x::text IS NOT DISTINCT FROM p.x::text THEN m.x::text::public.ct ELSE t.x END FROM backout_archive_1.rows_167752_1_sum m JOIN backout_archive_1.rows_167752_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.x::text IS NOT DISTINCT FROM p.x::text AND m.x::text IS DISTINCT FROM p.x::text));
-- table public.at
--   expected: 1 rows, otherwise rows that the migration put into table public.at stay: they were changed since, or others refer to them
DELETE FROM ONLY public.at t USING (SELECT i.* FROM backout_archive_1.rows_167752_1_sum i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_167752_1_sum o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.x::text)::text = ROW(p.id, p.x::text)::text;
-- type public.ct
ALTER TYPE public.ct DROP ATTRIBUTE e;
-- type public.ct
ALTER TYPE public.ct DROP ATTRIBUTE d;

-- renumbered:
--   (#pg_type:16410:0, "type public.ct")
