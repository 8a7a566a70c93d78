-- locks:
--   public.evt, ACCESS EXCLUSIVE

-- steps:
-- type public.evs
ALTER TYPE public.evs RENAME VALUE 'zwei' TO 'two';
-- view public.evv
DROP VIEW IF EXISTS public.evv CASCADE;
-- type public.evr
ALTER TYPE public.evs RENAME TO evr;
-- default public.evt.e
ALTER TABLE ONLY public.evt ALTER COLUMN e SET DEFAULT 'two'::public.evr;
-- view public.evv
CREATE VIEW public.evv AS  SELECT evt.id,
    (evt.e = 'two'::public.evr) AS t
   FROM public.evt;

-- remade:
--   #pg_class:16415:0 view public.evv

-- parts:
--   column public.evt.e
--   column public.evt.id
--   constraint evt_pkey on public.evt
--   default public.evt.e
--   index public.evt_pkey
--   table public.evt

-- renumbered:
--   (#pg_type:16410:0, "type public.evr")
--   (#pg_class:16411:2, "column public.evt.e")
--   (#pg_class:16415:0, "view public.evv")
--   (#pg_attrdef:16412:0, "default public.evt.e")
