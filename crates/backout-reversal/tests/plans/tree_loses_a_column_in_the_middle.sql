-- locks:
--   public.pt, ACCESS EXCLUSIVE
--   public.pt1, ACCESS EXCLUSIVE
--   public.pt2, ACCESS EXCLUSIVE
--   public.pt21, ACCESS EXCLUSIVE

-- steps:
-- column public.pt.v
ALTER TABLE public.pt ADD COLUMN v text;
-- column public.pt1.v
ALTER TABLE public.pt1 DISABLE TRIGGER ptt;
-- column public.pt1.v
UPDATE ONLY public.pt1 t SET v = c.backout_value FROM backout_archive_1.column_62630_3 c WHERE t.id = c.id AND t.p = c.p;
-- column public.pt1.v
ALTER TABLE public.pt1 ENABLE TRIGGER ptt;
-- column public.pt21.v
ALTER TABLE public.pt21 DISABLE TRIGGER ptt;
-- column public.pt21.v
UPDATE ONLY public.pt21 t SET v = c.backout_value FROM backout_archive_1.column_62644_3 c WHERE t.id = c.id AND t.p = c.p;
-- column public.pt21.v
ALTER TABLE public.pt21 ENABLE TRIGGER ptt;
-- column public.pt.v
ALTER TABLE public.pt DISABLE TRIGGER ptt;
-- column public.pt.v
UPDATE public.pt SET v = 'd'::text WHERE v IS NULL;
-- column public.pt.v
ALTER TABLE public.pt ENABLE TRIGGER ptt;
-- column public.pt.v
ALTER TABLE public.pt ALTER COLUMN v SET NOT NULL;
-- default public.pt.v
ALTER TABLE ONLY public.pt ALTER COLUMN v SET DEFAULT 'd'::text;
-- default public.pt1.v
ALTER TABLE ONLY public.pt1 ALTER COLUMN v SET DEFAULT 'd'::text;
-- default public.pt2.v
ALTER TABLE ONLY public.pt2 ALTER COLUMN v SET DEFAULT 'd'::text;
-- default public.pt21.v
ALTER TABLE ONLY public.pt21 ALTER COLUMN v SET DEFAULT 'd'::text;

-- column order:
--   public.pt
--   public.pt1
--   public.pt2
--   public.pt21

-- column order, why:
--   ("public.pt", "it is partitioned")
--   ("public.pt1", "it is partitioned")
--   ("public.pt2", "it is partitioned")
--   ("public.pt21", "it is partitioned")

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
--   column public.pt21.id
--   column public.pt21.p
--   column public.pt21.v
--   column public.pt21.w
--   constraint pt1_pkey on public.pt1
--   constraint pt21_pkey on public.pt21
--   constraint pt2_pkey on public.pt2
--   constraint pt_pkey on public.pt
--   default public.pt.v
--   default public.pt1.v
--   default public.pt2.v
--   default public.pt21.v
--   index public.pt1_pkey
--   index public.pt1_w_idx
--   index public.pt21_pkey
--   index public.pt21_w_idx
--   index public.pt2_pkey
--   index public.pt2_w_idx
--   index public.pt_pkey
--   index public.pt_w_idx
--   policy ptp on public.pt
--   table public.pt
--   table public.pt1
--   table public.pt2
--   table public.pt21
--   trigger ptt on public.pt
--   trigger ptt on public.pt1
--   trigger ptt on public.pt2
--   trigger ptt on public.pt21

-- renumbered:
--   (#pg_class:16410:3, "column public.pt.v")
--   (#pg_class:16414:3, "column public.pt1.v")
--   (#pg_class:16418:3, "column public.pt2.v")
--   (#pg_class:16422:3, "column public.pt21.v")
--   (#pg_attrdef:16411:0, "default public.pt.v")
--   (#pg_attrdef:16415:0, "default public.pt1.v")
--   (#pg_attrdef:16419:0, "default public.pt2.v")
--   (#pg_attrdef:16423:0, "default public.pt21.v")
