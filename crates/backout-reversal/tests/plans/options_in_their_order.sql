-- locks:
--   public.vt, ACCESS EXCLUSIVE

-- steps:
-- table public.vt
ALTER TABLE public.vt RESET (autovacuum_vacuum_threshold);
-- table public.vt
ALTER TABLE public.vt SET (fillfactor='70', autovacuum_enabled='false', parallel_workers='2');
-- index public.vi
ALTER INDEX public.vi SET (deduplicate_items='off');
-- view public.vo
ALTER VIEW public.vo SET (security_barrier='true');

-- parts:
--   column public.vt.a
--   index public.vi
--   table public.vt

-- renumbered:
--   (#pg_class:16410:0, "view public.vo")
--   (#pg_class:16411:0, "table public.vt")
--   (#pg_class:16412:0, "index public.vi")
