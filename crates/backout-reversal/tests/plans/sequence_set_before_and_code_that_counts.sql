-- locks:
--   public.st, SHARE ROW EXCLUSIVE

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.st
--   expected: 1 rows, otherwise rows that the migration put into table public.st stay: they were changed since, or others refer to them
DELETE FROM ONLY public.st t USING (SELECT i.* FROM backout_archive_1.rows_97946_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_97946_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.p)::text = ROW(p.id, p.p)::text;
-- sequence public.st_id_seq
SELECT pg_catalog.setval('public.st_id_seq', 2, false) FROM public.st_id_seq s WHERE s.last_value = 2 AND s.is_called = true AND NOT EXISTS (SELECT FROM public.st WHERE id > 2);
