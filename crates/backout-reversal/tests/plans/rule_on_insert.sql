-- locks:
--   public.ru, ACCESS EXCLUSIVE

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.ru
ALTER TABLE public.ru DISABLE RULE r;
-- table public.ru
--   expected: 1 rows, otherwise rows that the migration took out of table public.ru did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.ru (id, v, w) OVERRIDING SYSTEM VALUE SELECT m.id, m.v, m.w FROM (SELECT i.* FROM backout_archive_1.rows_96598_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_96598_1 o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.ru t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.ru
ALTER TABLE public.ru ENABLE ALWAYS RULE r;
