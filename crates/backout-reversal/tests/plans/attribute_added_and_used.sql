-- locks:
--   public.at, SHARE ROW EXCLUSIVE

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.at
--   expected: 2 rows, otherwise rows of table public.at were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.at t SET x = m.x::text::public.ct FROM backout_archive_1.rows_167742_1 m JOIN backout_archive_1.rows_167742_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.x::text IS NOT DISTINCT FROM p.x::text OR t.x::text IS NOT DISTINCT FROM m.x::text);
-- table public.at
--   only after a shortfall
UPDATE ONLY public.at t SET x = CASE WHEN t.x::text IS NOT DISTINCT FROM p.x::text THEN m.x::text::public.ct ELSE t.x END FROM backout_archive_1.rows_167742_1 m JOIN backout_archive_1.rows_167742_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.x::text IS NOT DISTINCT FROM p.x::text AND m.x::text IS DISTINCT FROM p.x::text));
-- type public.ct
ALTER TYPE public.ct DROP ATTRIBUTE c;

-- renumbered:
--   (#pg_type:16410:0, "type public.ct")
