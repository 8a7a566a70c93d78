-- locks:
--   public.g, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
ALTER TABLE public.g DROP COLUMN IF EXISTS c CASCADE;
-- column public.g.b
ALTER TABLE public.g ADD COLUMN b integer GENERATED ALWAYS AS ((a * 2)) STORED;

-- parts:
--   column public.g.a
--   column public.g.b
--   constraint g_pkey on public.g
--   index public.g_pkey
--   table public.g

-- renumbered:
--   (#pg_class:16410:2, "column public.g.b")
