-- locks:
--   public.xc, SHARE ROW EXCLUSIVE

-- before the locks:
-- table public.xc
CREATE TABLE backout_archive_1.rows_107409_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.r FROM (SELECT i.*, ROW(i.id, i.r)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_107409_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.r)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.xc
DELETE FROM ONLY public.xc t USING (SELECT i.* FROM backout_archive_1.rows_107409_1_sum i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_107409_1_sum o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.r)::text = ROW(p.id, p.r)::text;
-- table public.xc
--   expected: 9 rows, otherwise rows that the migration took out of table public.xc did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.xc (id, r) OVERRIDING SYSTEM VALUE SELECT m.id, m.r FROM (SELECT i.* FROM backout_archive_1.rows_107409_1_sum i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_107409_1_sum o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.xc t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.xc
DELETE FROM ONLY public.xc t USING (SELECT i.* FROM backout_archive_1.rows_107409_1_sum i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_107409_1_sum o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.r)::text = ROW(p.id, p.r)::text;
