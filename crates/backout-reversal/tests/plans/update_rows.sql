-- locks:
--   public.posts, SHARE ROW EXCLUSIVE
--   public.users, SHARE ROW EXCLUSIVE

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.users
--   expected: 20 rows, otherwise rows of table public.users were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.users t SET note = m.note FROM backout_archive_1.rows_87322_1 m JOIN backout_archive_1.rows_87322_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.note::text IS NOT DISTINCT FROM p.note::text OR t.note::text IS NOT DISTINCT FROM m.note::text);
-- table public.users
--   only after a shortfall
UPDATE ONLY public.users t SET note = CASE WHEN t.note::text IS NOT DISTINCT FROM p.note::text THEN m.note ELSE t.note END FROM backout_archive_1.rows_87322_1 m JOIN backout_archive_1.rows_87322_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.note::text IS NOT DISTINCT FROM p.note::text AND m.note::text IS DISTINCT FROM p.note::text));
-- table public.posts
ALTER TABLE public.posts DISABLE TRIGGER posts_touch;
-- table public.posts
--   expected: 4 rows, otherwise rows that the migration took out of table public.posts did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.posts (id, user_id, title, state, at) OVERRIDING SYSTEM VALUE SELECT m.id, m.user_id, m.title, m.state, m.at FROM (SELECT i.* FROM backout_archive_1.rows_87337_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_87337_1 o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.posts t WHERE t.id = m.id) AND (m.user_id IS NULL OR EXISTS (SELECT FROM public.users f WHERE f.id = m.user_id)) ON CONFLICT DO NOTHING;
-- table public.posts
ALTER TABLE public.posts ENABLE TRIGGER posts_touch;
