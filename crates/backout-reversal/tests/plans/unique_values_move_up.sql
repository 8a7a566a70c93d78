-- locks:
--   public.st, ACCESS EXCLUSIVE

-- steps:
-- constraint st_p_n_key on public.st
ALTER TABLE public.st DROP CONSTRAINT IF EXISTS st_p_n_key CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.st
--   expected: 9 rows, otherwise rows of table public.st were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.st t SET n = m.n FROM backout_archive_1.rows_70630_1 m JOIN backout_archive_1.rows_70630_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.n::text IS NOT DISTINCT FROM p.n::text OR t.n::text IS NOT DISTINCT FROM m.n::text);
-- table public.st
--   only after a shortfall
UPDATE ONLY public.st t SET n = CASE WHEN t.n::text IS NOT DISTINCT FROM p.n::text THEN m.n ELSE t.n END FROM backout_archive_1.rows_70630_1 m JOIN backout_archive_1.rows_70630_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.n::text IS NOT DISTINCT FROM p.n::text AND m.n::text IS DISTINCT FROM p.n::text));
-- constraint st_p_n_key on public.st
--   may clash: Values, at once None
ALTER TABLE public.st ADD CONSTRAINT st_p_n_key UNIQUE (p, n);

-- remade:
--   #pg_class:16413:0 index public.st_p_n_key
--   #pg_constraint:16414:0 constraint st_p_n_key on public.st

-- parts:
--   column public.st.id
--   column public.st.n
--   column public.st.p
--   constraint st_p_n_key on public.st
--   constraint st_pkey on public.st
--   index public.st_p_n_key
--   index public.st_pkey
--   table public.st

-- renumbered:
--   (#pg_class:16413:0, "index public.st_p_n_key")
--   (#pg_constraint:16414:0, "constraint st_p_n_key on public.st")
