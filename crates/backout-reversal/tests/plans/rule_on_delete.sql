-- locks:
--   public.ru, ACCESS EXCLUSIVE

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.ru
ALTER TABLE public.ru DISABLE RULE r;
-- table public.ru
--   expected: 1 rows, otherwise rows that the migration put into table public.ru stay: they were changed since, or others refer to them
DELETE FROM ONLY public.ru t USING (SELECT i.* FROM backout_archive_1.rows_96465_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_96465_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.v, t.w)::text = ROW(p.id, p.v, p.w)::text;
-- table public.ru
ALTER TABLE public.ru ENABLE RULE r;
