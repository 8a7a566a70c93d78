-- locks:
--   public.posts, SHARE ROW EXCLUSIVE

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.posts
ALTER TABLE public.posts DISABLE TRIGGER posts_touch;
-- table public.posts
--   expected: 200 rows, otherwise rows of table public.posts were changed again or deleted since, or others have their former unique values by now, or what they referred to has gone; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.posts t SET user_id = m.user_id, at = m.at FROM backout_archive_1.rows_16404_1 m JOIN backout_archive_1.rows_16404_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.user_id::text IS NOT DISTINCT FROM p.user_id::text OR t.user_id::text IS NOT DISTINCT FROM m.user_id::text) AND (t.at::text IS NOT DISTINCT FROM p.at::text OR t.at::text IS NOT DISTINCT FROM m.at::text) AND ((m.user_id) IS NULL OR EXISTS (SELECT FROM public.users f WHERE f.id = m.user_id));
-- table public.posts
ALTER TABLE public.posts ENABLE TRIGGER posts_touch;
-- table public.posts
ALTER TABLE public.posts DISABLE TRIGGER posts_touch;
-- table public.posts
--   only after a shortfall
UPDATE ONLY public.posts t SET user_id = CASE WHEN t.user_id::text IS NOT DISTINCT FROM p.user_id::text AND ((m.user_id) IS NULL OR EXISTS (SELECT FROM public.users f WHERE f.id = m.user_id)) THEN m.user_id ELSE t.user_id END, at = CASE WHEN t.at::text IS NOT DISTINCT FROM p.at::text THEN m.at ELSE t.at END FROM backout_archive_1.rows_16404_1 m JOIN backout_archive_1.rows_16404_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.user_id::text IS NOT DISTINCT FROM p.user_id::text AND m.user_id::text IS DISTINCT FROM p.user_id::text AND ((m.user_id) IS NULL OR EXISTS (SELECT FROM public.users f WHERE f.id = m.user_id))) OR (t.at::text IS NOT DISTINCT FROM p.at::text AND m.at::text IS DISTINCT FROM p.at::text));
-- table public.posts
ALTER TABLE public.posts ENABLE TRIGGER posts_touch;
