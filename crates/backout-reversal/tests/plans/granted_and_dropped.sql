-- locks:
--   public.gd, ACCESS EXCLUSIVE

-- steps:
-- table public.gd
REVOKE ALL ON TABLE public.gd FROM PUBLIC CASCADE;
-- column public.gd.a
GRANT UPDATE (a) ON TABLE public.gd TO PUBLIC;
-- column public.gd.b
ALTER TABLE public.gd ADD COLUMN b text;
-- column public.gd.b
GRANT SELECT (b) ON TABLE public.gd TO PUBLIC;

-- parts:
--   column public.gd.a
--   column public.gd.b
--   table public.gd

-- renumbered:
--   (#pg_class:16410:0, "table public.gd")
--   (#pg_class:16410:2, "column public.gd.b")
