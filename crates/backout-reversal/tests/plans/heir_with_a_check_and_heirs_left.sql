-- locks:
--   public.hc, ACCESS EXCLUSIVE
--   public.hp, ACCESS EXCLUSIVE

-- steps:
-- constraint hp_id_check on public.hc
ALTER TABLE public.hc DROP CONSTRAINT IF EXISTS hp_id_check CASCADE;
-- constraint hp_id_check on public.hp
ALTER TABLE public.hp DROP CONSTRAINT IF EXISTS hp_id_check CASCADE;
-- table public.hc
ALTER TABLE public.hc INHERIT public.hp;
-- constraint hp_id_check on public.hp
ALTER TABLE public.hp ADD CONSTRAINT hp_id_check CHECK ((id > 0)) NOT VALID;

-- tail:
-- constraint hp_id_check on public.hp: validate, public.hp
ALTER TABLE public.hp VALIDATE CONSTRAINT hp_id_check;

-- remade:
--   #pg_constraint:16411:0 constraint hp_id_check on public.hp
--   #pg_constraint:16415:0 constraint hp_id_check on public.hc

-- parts:
--   column public.hc.id
--   column public.hp.id
--   constraint hp_id_check on public.hc
--   constraint hp_id_check on public.hp
--   constraint hp_pkey on public.hp
--   index public.hp_pkey
--   table public.hc
--   table public.hp

-- renumbered:
--   (#pg_class:16414:0, "table public.hc")
--   (#pg_class:16414:1, "column public.hc.id")
--   (#pg_constraint:16411:0, "constraint hp_id_check on public.hp")
--   (#pg_constraint:16415:0, "constraint hp_id_check on public.hc")
