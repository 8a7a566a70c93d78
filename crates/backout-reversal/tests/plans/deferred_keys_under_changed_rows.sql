-- locks:
--   public.dd, ACCESS EXCLUSIVE
--   public.de, ACCESS EXCLUSIVE

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.de
--   expected: 1 rows, otherwise rows of table public.de were changed again or deleted since, or others have their former unique values by now, or what they referred to has gone; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.de t SET d = m.d FROM backout_archive_1.rows_33903_1 m JOIN backout_archive_1.rows_33903_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.d::text IS NOT DISTINCT FROM p.d::text OR t.d::text IS NOT DISTINCT FROM m.d::text) AND ((m.d) IS NULL OR EXISTS (SELECT FROM public.dd f WHERE f.id = m.d));
-- table public.de
--   only after a shortfall
UPDATE ONLY public.de t SET d = CASE WHEN t.d::text IS NOT DISTINCT FROM p.d::text AND ((m.d) IS NULL OR EXISTS (SELECT FROM public.dd f WHERE f.id = m.d)) THEN m.d ELSE t.d END FROM backout_archive_1.rows_33903_1 m JOIN backout_archive_1.rows_33903_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.d::text IS NOT DISTINCT FROM p.d::text AND m.d::text IS DISTINCT FROM p.d::text AND ((m.d) IS NULL OR EXISTS (SELECT FROM public.dd f WHERE f.id = m.d))));
-- column public.dd.g
ALTER TABLE public.dd ADD COLUMN g text;
-- column public.de.g
ALTER TABLE public.de ADD COLUMN g text;
-- column public.dd.g
UPDATE ONLY public.dd t SET g = c.backout_value FROM backout_archive_1.column_33896_3 c WHERE t.id = c.id;
-- column public.de.g
UPDATE ONLY public.de t SET g = c.backout_value FROM backout_archive_1.column_33903_3 c WHERE t.id = c.id;
-- table public.dd
--   expected: 2 rows, otherwise rows of table public.dd were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.dd t SET n = m.n FROM backout_archive_1.rows_33896_1 m JOIN backout_archive_1.rows_33896_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.n::text IS NOT DISTINCT FROM p.n::text OR t.n::text IS NOT DISTINCT FROM m.n::text);
-- table public.dd
--   only after a shortfall
UPDATE ONLY public.dd t SET n = CASE WHEN t.n::text IS NOT DISTINCT FROM p.n::text THEN m.n ELSE t.n END FROM backout_archive_1.rows_33896_1 m JOIN backout_archive_1.rows_33896_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.n::text IS NOT DISTINCT FROM p.n::text AND m.n::text IS DISTINCT FROM p.n::text));

-- parts:
--   column public.dd.g
--   column public.dd.id
--   column public.dd.n
--   column public.de.d
--   column public.de.g
--   column public.de.id
--   constraint dd_pkey on public.dd
--   constraint de_pkey on public.de
--   foreign key de_d_fkey on public.de
--   index public.dd_pkey
--   index public.de_pkey
--   table public.dd
--   table public.de

-- renumbered:
--   (#pg_class:16410:3, "column public.dd.g")
--   (#pg_class:16413:3, "column public.de.g")
