-- locks:
--   public.nc, ACCESS EXCLUSIVE
--   public.nd, ACCESS EXCLUSIVE
--   public.nm, ACCESS EXCLUSIVE

-- steps:
-- view public.nmv
DROP VIEW IF EXISTS public.nmv CASCADE;
-- table public.nc
ALTER TABLE public.nd RENAME TO backout_renamed_16415_0;
-- table public.nd
ALTER TABLE public.nc RENAME TO backout_renamed_16416_0;
-- column public.nm.description
ALTER TABLE public.nm RENAME COLUMN summary TO backout_renamed_16410_2;
-- column public.nm.sidebar
ALTER TABLE public.nm RENAME COLUMN description TO sidebar;
-- column public.nm.a
ALTER TABLE public.nm RENAME COLUMN c TO backout_renamed_16410_4;
-- column public.nm.b
ALTER TABLE public.nm RENAME COLUMN a TO backout_renamed_16410_5;
-- column public.nm.c
ALTER TABLE public.nm RENAME COLUMN b TO backout_renamed_16410_6;
-- table public.nc
ALTER TABLE public.backout_renamed_16415_0 RENAME TO nc;
-- table public.nd
ALTER TABLE public.backout_renamed_16416_0 RENAME TO nd;
-- column public.nm.description
ALTER TABLE public.nm RENAME COLUMN backout_renamed_16410_2 TO description;
-- column public.nm.a
ALTER TABLE public.nm RENAME COLUMN backout_renamed_16410_4 TO a;
-- column public.nm.b
ALTER TABLE public.nm RENAME COLUMN backout_renamed_16410_5 TO b;
-- column public.nm.c
ALTER TABLE public.nm RENAME COLUMN backout_renamed_16410_6 TO c;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.nm
--   expected: 1 rows, otherwise rows of table public.nm were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.nm t SET b = m.b FROM backout_archive_1.rows_124675_1 m JOIN backout_archive_1.rows_124675_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.b::text IS NOT DISTINCT FROM p.b::text OR t.b::text IS NOT DISTINCT FROM m.b::text);
-- table public.nm
--   only after a shortfall
UPDATE ONLY public.nm t SET b = CASE WHEN t.b::text IS NOT DISTINCT FROM p.b::text THEN m.b ELSE t.b END FROM backout_archive_1.rows_124675_1 m JOIN backout_archive_1.rows_124675_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.b::text IS NOT DISTINCT FROM p.b::text AND m.b::text IS DISTINCT FROM p.b::text));
-- view public.nmv
CREATE VIEW public.nmv AS  SELECT nm.description,
    nm.sidebar,
    nm.a,
    nm.b,
    nm.c
   FROM public.nm;

-- remade:
--   #pg_class:16414:0 view public.nmv

-- parts:
--   column public.nc.d
--   column public.nc.s
--   column public.nd.e
--   column public.nm.a
--   column public.nm.b
--   column public.nm.c
--   column public.nm.description
--   column public.nm.id
--   column public.nm.sidebar
--   constraint nm_pkey on public.nm
--   index public.nm_pkey
--   index public.nm_sidebar_idx
--   table public.nc
--   table public.nd
--   table public.nm

-- renumbered:
--   (#pg_class:16410:2, "column public.nm.description")
--   (#pg_class:16410:3, "column public.nm.sidebar")
--   (#pg_class:16410:4, "column public.nm.a")
--   (#pg_class:16410:5, "column public.nm.b")
--   (#pg_class:16410:6, "column public.nm.c")
--   (#pg_class:16413:0, "index public.nm_sidebar_idx")
--   (#pg_class:16414:0, "view public.nmv")
--   (#pg_class:16415:0, "table public.nc")
--   (#pg_class:16416:0, "table public.nd")
