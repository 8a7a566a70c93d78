-- locks:
--   public.pt, ACCESS EXCLUSIVE
--   public.pt1, ACCESS EXCLUSIVE
--   public.pt2, ACCESS EXCLUSIVE

-- steps:
-- column public.pt.w
ALTER TABLE public.pt ADD COLUMN w text;
-- column public.pt1.w
UPDATE ONLY public.pt1 t SET w = c.backout_value FROM backout_archive_1.column_61918_4 c WHERE t.id = c.id AND t.p = c.p;
-- column public.pt2.w
UPDATE ONLY public.pt2 t SET w = c.backout_value FROM backout_archive_1.column_61925_1 c WHERE t.id = c.id AND t.p = c.p;

-- column order:
--   public.pt2

-- column order, why:
--   ("public.pt2", "it is partitioned")

-- parts:
--   column public.pt.id
--   column public.pt.p
--   column public.pt.v
--   column public.pt.w
--   column public.pt1.id
--   column public.pt1.p
--   column public.pt1.v
--   column public.pt1.w
--   column public.pt2.id
--   column public.pt2.p
--   column public.pt2.v
--   column public.pt2.w
--   constraint pt1_pkey on public.pt1
--   constraint pt2_pkey on public.pt2
--   constraint pt_pkey on public.pt
--   index public.pt1_pkey
--   index public.pt2_pkey
--   index public.pt_pkey
--   table public.pt
--   table public.pt1
--   table public.pt2

-- renumbered:
--   (#pg_class:16410:4, "column public.pt.w")
--   (#pg_class:16413:4, "column public.pt1.w")
--   (#pg_class:16416:1, "column public.pt2.w")
