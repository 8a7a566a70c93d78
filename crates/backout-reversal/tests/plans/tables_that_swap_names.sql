-- locks:
--   public.sx, ACCESS EXCLUSIVE
--   public.sy, ACCESS EXCLUSIVE

-- steps:
-- table public.sx
ALTER TABLE public.sy RENAME TO backout_renamed_16410_0;
-- table public.sy
ALTER TABLE public.sx RENAME TO backout_renamed_16415_0;
-- column public.sy.id
ALTER TABLE public.backout_renamed_16415_0 RENAME COLUMN label TO backout_renamed_16415_1;
-- column public.sy.label
ALTER TABLE public.backout_renamed_16415_0 RENAME COLUMN id TO backout_renamed_16415_2;
-- constraint sx_pkey on public.sx
ALTER TABLE public.backout_renamed_16410_0 RENAME CONSTRAINT sy_pkey TO backout_renamed_16412_0;
-- constraint sx_label_key on public.sx
ALTER TABLE public.backout_renamed_16410_0 RENAME CONSTRAINT sz TO backout_renamed_16414_0;
-- constraint sy_pkey on public.sy
ALTER TABLE public.backout_renamed_16415_0 RENAME CONSTRAINT sx_pkey TO backout_renamed_16417_0;
-- index public.sx_i
ALTER INDEX public.sy_i RENAME TO backout_renamed_16421_0;
-- index public.sy_i
ALTER INDEX public.sx_i RENAME TO backout_renamed_16422_0;
-- view public.sz
ALTER VIEW public.sx_label_key RENAME TO backout_renamed_16420_0;
-- table public.sx
ALTER TABLE public.backout_renamed_16410_0 RENAME TO sx;
-- table public.sy
ALTER TABLE public.backout_renamed_16415_0 RENAME TO sy;
-- column public.sy.id
ALTER TABLE public.sy RENAME COLUMN backout_renamed_16415_1 TO id;
-- column public.sy.label
ALTER TABLE public.sy RENAME COLUMN backout_renamed_16415_2 TO label;
-- constraint sx_pkey on public.sx
ALTER TABLE public.sx RENAME CONSTRAINT backout_renamed_16412_0 TO sx_pkey;
-- constraint sx_label_key on public.sx
ALTER TABLE public.sx RENAME CONSTRAINT backout_renamed_16414_0 TO sx_label_key;
-- constraint sy_pkey on public.sy
ALTER TABLE public.sy RENAME CONSTRAINT backout_renamed_16417_0 TO sy_pkey;
-- index public.sx_i
ALTER INDEX public.backout_renamed_16421_0 RENAME TO sx_i;
-- index public.sy_i
ALTER INDEX public.backout_renamed_16422_0 RENAME TO sy_i;
-- view public.sz
ALTER VIEW public.backout_renamed_16420_0 RENAME TO sz;

-- parts:
--   column public.sx.id
--   column public.sx.label
--   column public.sy.id
--   column public.sy.label
--   constraint sx_label_key on public.sx
--   constraint sx_pkey on public.sx
--   constraint sy_label_key on public.sy
--   constraint sy_pkey on public.sy
--   index public.sx_i
--   index public.sx_label_key
--   index public.sx_pkey
--   index public.sy_i
--   index public.sy_label_key
--   index public.sy_pkey
--   table public.sx
--   table public.sy

-- renumbered:
--   (#pg_class:16410:0, "table public.sx")
--   (#pg_class:16411:0, "index public.sx_pkey")
--   (#pg_class:16413:0, "index public.sx_label_key")
--   (#pg_class:16415:0, "table public.sy")
--   (#pg_class:16415:1, "column public.sy.id")
--   (#pg_class:16415:2, "column public.sy.label")
--   (#pg_class:16416:0, "index public.sy_pkey")
--   (#pg_class:16418:0, "index public.sy_label_key")
--   (#pg_class:16420:0, "view public.sz")
--   (#pg_class:16421:0, "index public.sx_i")
--   (#pg_class:16422:0, "index public.sy_i")
--   (#pg_constraint:16412:0, "constraint sx_pkey on public.sx")
--   (#pg_constraint:16414:0, "constraint sx_label_key on public.sx")
--   (#pg_constraint:16417:0, "constraint sy_pkey on public.sy")
--   (#pg_constraint:16419:0, "constraint sy_label_key on public.sy")
