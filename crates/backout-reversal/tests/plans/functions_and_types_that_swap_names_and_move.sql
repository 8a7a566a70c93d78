-- locks:
--   elsewhere.moving, ACCESS EXCLUSIVE
--   public.staying, ACCESS EXCLUSIVE

-- steps:
-- function public.f()
ALTER FUNCTION public.g() RENAME TO f;
-- function public.g()
ALTER FUNCTION elsewhere.f() RENAME TO backout_renamed_16412_0;
-- function public.g()
ALTER FUNCTION elsewhere.backout_renamed_16412_0() SET SCHEMA public;
-- type public.ta
ALTER TYPE public.tb RENAME TO ta;
-- type public.tb
ALTER TYPE elsewhere.ta RENAME TO backout_renamed_16414_0;
-- type public.tb
ALTER TYPE elsewhere.backout_renamed_16414_0 SET SCHEMA public;
-- sequence public.sa
ALTER SEQUENCE public.sb RENAME TO sa;
-- sequence public.sb
ALTER SEQUENCE elsewhere.sa RENAME TO backout_renamed_16417_0;
-- sequence public.sb
ALTER SEQUENCE elsewhere.backout_renamed_16417_0 SET SCHEMA public;
-- table public.moving
ALTER TABLE elsewhere.moving SET SCHEMA public;
-- index public.ai
ALTER INDEX public.bi RENAME TO backout_renamed_16420_0;
-- index public.bi
ALTER INDEX public.ai RENAME TO bi;
-- function public.g()
ALTER FUNCTION public.backout_renamed_16412_0() RENAME TO g;
-- type public.tb
ALTER TYPE public.backout_renamed_16414_0 RENAME TO tb;
-- sequence public.sb
ALTER SEQUENCE public.backout_renamed_16417_0 RENAME TO sb;
-- index public.ai
ALTER INDEX public.backout_renamed_16420_0 RENAME TO ai;
-- function public.f()
CREATE OR REPLACE FUNCTION public.f()
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$
;
-- function public.g()
CREATE OR REPLACE FUNCTION public.g()
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 2$function$
;

-- parts:
--   column public.moving.id
--   column public.staying.id
--   column public.t.a
--   column public.t.b
--   index public.ai
--   index public.bi
--   table public.moving
--   table public.staying
--   table public.t

-- renumbered:
--   (#pg_type:16413:0, "type public.ta")
--   (#pg_type:16414:0, "type public.tb")
--   (#pg_proc:16411:0, "function public.f()")
--   (#pg_proc:16412:0, "function public.g()")
--   (#pg_class:16415:1, "column public.t.a")
--   (#pg_class:16415:2, "column public.t.b")
--   (#pg_class:16416:0, "sequence public.sa")
--   (#pg_class:16417:0, "sequence public.sb")
--   (#pg_class:16418:0, "table public.moving")
--   (#pg_class:16420:0, "index public.ai")
--   (#pg_class:16421:0, "index public.bi")
