-- steps:
-- function public.tdiff(time without time zone, time without time zone)
ALTER FUNCTION public.time_diff(time without time zone, time without time zone) RENAME TO tdiff;
-- type public.mood
ALTER TYPE public.feeling RENAME TO mood;
-- collation public.co
ALTER COLLATION public.cp RENAME TO co;
-- function public.tdiff(time without time zone, time without time zone)
CREATE OR REPLACE FUNCTION public.tdiff(time without time zone, time without time zone)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT extract(epoch FROM $1 - $2)::float8$function$
;
-- function public.sc(m public.mood)
CREATE OR REPLACE FUNCTION public.sc(m public.mood)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT 1$function$
;

-- parts:
--   column public.inv.id
--   column public.inv.m
--   column public.inv.s
--   column public.users.email
--   column public.users.id
--   column public.users.mood
--   column public.users.note
--   constraint inv_pkey on public.inv
--   constraint users_email_key on public.users
--   constraint users_pkey on public.users
--   default public.users.id
--   default public.users.mood
--   index public.inv_pkey
--   index public.users_email_key
--   index public.users_pkey
--   policy via on public.users
--   table public.inv
--   table public.users

-- renumbered:
--   (#pg_type:16385:0, "type public.mood")
--   (#pg_type:16411:0, "type public.tr")
--   (#pg_type:16412:0, "type public.moods")
--   (#pg_type:16415:0, "domain public.nm")
--   (#pg_type:16416:0, "type public.ad")
--   (#pg_proc:16410:0, "function public.tdiff(time without time zone, time without time zone)")
--   (#pg_proc:16418:0, "function public.sc(m public.mood)")
--   (#pg_class:16387:3, "column public.users.mood")
--   (#pg_class:16419:2, "column public.inv.m")
--   (#pg_attrdef:16389:0, "default public.users.mood")
--   (#pg_collation:16414:0, "collation public.co")
