-- locks:
--   public.xc, SHARE ROW EXCLUSIVE

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.xc
DELETE FROM ONLY public.xc t USING (SELECT i.* FROM backout_archive_1.rows_107243_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_107243_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.r)::text = ROW(p.id, p.r)::text;
-- table public.xc
--   expected: 9 rows, otherwise rows that the migration took out of table public.xc did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.xc (id, r) OVERRIDING SYSTEM VALUE SELECT m.id, m.r FROM (SELECT i.* FROM backout_archive_1.rows_107243_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_107243_1 o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.xc t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.xc
DELETE FROM ONLY public.xc t USING (SELECT i.* FROM backout_archive_1.rows_107243_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_107243_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.r)::text = ROW(p.id, p.r)::text;
