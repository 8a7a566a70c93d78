-- locks:
--   public.na, SHARE ROW EXCLUSIVE

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.na
--   expected: 1 rows, otherwise rows that the migration put into table public.na stay: they were changed since, or others refer to them
DELETE FROM ONLY public.na t USING (SELECT i.* FROM backout_archive_1.rows_146554_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_146554_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.d)::text = ROW(p.id, p.d)::text;
-- sequence public.na_id_seq
SELECT pg_catalog.setval('public.na_id_seq', 2, true) FROM public.na_id_seq s WHERE s.last_value = 3 AND s.is_called = true AND NOT EXISTS (SELECT FROM public.na WHERE CASE WHEN id::text ~ '^-?[0-9]+$' THEN id::text::numeric > 2 END);
