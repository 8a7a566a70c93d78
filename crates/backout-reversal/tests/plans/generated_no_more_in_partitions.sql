-- unsupported:
--   column public.gp.g: PostgreSQL cannot make an existing column a generated one
--   column public.gp1.g: PostgreSQL cannot make an existing column a generated one

-- parts:
--   column public.gp.a
--   column public.gp.g
--   column public.gp.id
--   column public.gp1.a
--   column public.gp1.g
--   column public.gp1.id
--   table public.gp
--   table public.gp1

-- renumbered:
--   (#pg_class:16410:3, "column public.gp.g")
--   (#pg_class:16411:3, "column public.gp1.g")
