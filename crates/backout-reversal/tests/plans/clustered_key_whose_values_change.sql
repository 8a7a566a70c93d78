-- locks:
--   public.ck, ACCESS EXCLUSIVE

-- steps:
-- constraint cku on public.ck
ALTER TABLE public.ck DROP CONSTRAINT IF EXISTS cku CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.ck
--   expected: 9 rows, otherwise rows of table public.ck were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.ck t SET u = m.u FROM backout_archive_1.rows_109932_1 m JOIN backout_archive_1.rows_109932_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.u::text IS NOT DISTINCT FROM p.u::text OR t.u::text IS NOT DISTINCT FROM m.u::text);
-- table public.ck
--   only after a shortfall
UPDATE ONLY public.ck t SET u = CASE WHEN t.u::text IS NOT DISTINCT FROM p.u::text THEN m.u ELSE t.u END FROM backout_archive_1.rows_109932_1 m JOIN backout_archive_1.rows_109932_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.u::text IS NOT DISTINCT FROM p.u::text AND m.u::text IS DISTINCT FROM p.u::text));
-- constraint cku on public.ck
--   may clash: Values, at once None
ALTER TABLE public.ck ADD CONSTRAINT cku UNIQUE (u);
-- constraint cku on public.ck
COMMENT ON CONSTRAINT cku ON public.ck IS 'one';
-- index public.cku
ALTER INDEX public.cku SET (fillfactor='60');
-- index public.cku
ALTER TABLE public.ck CLUSTER ON cku;
-- index public.cku
COMMENT ON INDEX public.cku IS 'index';

-- remade:
--   #pg_class:16413:0 index public.cku
--   #pg_constraint:16414:0 constraint cku on public.ck

-- parts:
--   column public.ck.id
--   column public.ck.u
--   constraint ck_pkey on public.ck
--   constraint cku on public.ck
--   index public.ck_pkey
--   index public.cku
--   table public.ck

-- renumbered:
--   (#pg_class:16413:0, "index public.cku")
--   (#pg_constraint:16414:0, "constraint cku on public.ck")
