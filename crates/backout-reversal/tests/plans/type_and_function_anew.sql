-- steps:
-- what the migration added
DROP FUNCTION IF EXISTS public.trip(text) CASCADE;
-- what the migration added
DROP TYPE IF EXISTS public.trip CASCADE;
-- type public.trip
CREATE TYPE public.trip AS (a numeric, b integer);
-- function public.trip(text)
CREATE OR REPLACE FUNCTION public.trip(text)
 RETURNS public.trip
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT (1::numeric, 2)::trip $function$
;

-- renumbered:
--   (#pg_type:16410:0, "type public.trip")
--   (#pg_proc:16411:0, "function public.trip(text)")
