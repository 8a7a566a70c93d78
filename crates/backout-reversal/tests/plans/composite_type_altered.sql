-- steps:
-- what the migration added
DROP FUNCTION IF EXISTS public.specs(public.spec) CASCADE;
-- type public.spec
ALTER TYPE public.spec ALTER ATTRIBUTE b TYPE integer;
-- type public.spec
ALTER TYPE public.spec ALTER ATTRIBUTE "c d" TYPE numeric(5,2);
-- function public.specs(public.spec[], public.spec)
CREATE OR REPLACE FUNCTION public.specs(public.spec[], public.spec)
 RETURNS public.spec
 LANGUAGE sql
AS $function$SELECT $2$function$
;

-- renumbered:
--   (#pg_type:16410:0, "type public.spec")
--   (#pg_proc:16411:0, "function public.specs(public.spec[], public.spec)")
