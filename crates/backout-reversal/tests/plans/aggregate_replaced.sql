-- steps:
-- view public.totals
DROP VIEW IF EXISTS public.totals CASCADE;
-- aggregate public.total(integer)
DROP AGGREGATE IF EXISTS public.total(integer) CASCADE;
-- aggregate public.total(integer)
CREATE AGGREGATE public.total(integer) (SFUNC = int4pl, STYPE = integer);
-- view public.totals
CREATE VIEW public.totals AS  SELECT public.total(users.id) AS t
   FROM public.users;

-- remade:
--   #pg_proc:16410:0 aggregate public.total(integer)
--   #pg_class:16411:0 view public.totals

-- renumbered:
--   (#pg_proc:16410:0, "aggregate public.total(integer)")
--   (#pg_class:16411:0, "view public.totals")
