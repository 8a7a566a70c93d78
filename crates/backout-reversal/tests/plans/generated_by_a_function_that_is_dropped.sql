-- locks:
--   public.gf, ACCESS EXCLUSIVE

-- steps:
-- function public.trip(text)
CREATE OR REPLACE FUNCTION public.trip(text)
 RETURNS public.trip
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT (length($1)::numeric, 2)::trip $function$
;
-- table public.gf
ALTER TABLE public.gf RENAME TO backout_rebuilt_16412;
-- table public.gf
CREATE TABLE public.gf (a integer, num text, g public.trip GENERATED ALWAYS AS (public.trip(num)) STORED, z integer);
-- table public.gf
INSERT INTO public.gf (a, num, z) OVERRIDING SYSTEM VALUE SELECT t.a, t.num, t.z FROM ONLY public.backout_rebuilt_16412 t;
-- table public.gf
DROP TABLE public.backout_rebuilt_16412;
-- index public.gfi
CREATE INDEX gfi ON public.gf USING btree (((g).a), z);

-- tail:
-- table public.gf: analyze
ANALYZE public.gf;

-- rebuilt:
--   public.gf

-- remade:
--   #pg_class:16412:0 table public.gf

-- parts:
--   column public.gf.a
--   column public.gf.g
--   column public.gf.num
--   column public.gf.z
--   index public.gfi
--   table public.gf

-- renumbered:
--   (#pg_proc:16411:0, "function public.trip(text)")
--   (#pg_class:16412:0, "table public.gf")
--   (#pg_class:16412:1, "column public.gf.a")
--   (#pg_class:16412:2, "column public.gf.num")
--   (#pg_class:16412:3, "column public.gf.g")
--   (#pg_class:16412:4, "column public.gf.z")
--   (#pg_class:16413:0, "index public.gfi")
