-- locks:
--   public.ct, ACCESS EXCLUSIVE

-- steps:
-- view public.ctv
DROP VIEW IF EXISTS public.ctv CASCADE;
-- function public.ctf()
DROP FUNCTION IF EXISTS public.ctf() CASCADE;
-- constraint ct_pkey on public.ct
ALTER TABLE public.ct DROP CONSTRAINT IF EXISTS ct_pkey CASCADE;
-- view public.ctv
CREATE VIEW public.ctv AS SELECT NULL::integer AS id, NULL::integer AS z;
-- function public.ctf()
CREATE OR REPLACE FUNCTION public.ctf()
 RETURNS SETOF public.ctv
 LANGUAGE sql
 STABLE
AS $function$ SELECT 1, 2 $function$
;
-- table public.ct
ALTER TABLE public.ct RENAME TO backout_rebuilt_16410;
-- table public.ct
CREATE TABLE public.ct (id integer NOT NULL, gone text, z integer);
-- table public.ct
INSERT INTO public.ct (id, gone, z) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.z FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_125590_2 c2 ON c2.id = t.id;
-- table public.ct
DROP TABLE public.backout_rebuilt_16410;
-- constraint ct_pkey on public.ct
--   may clash: Values, at once None
ALTER TABLE public.ct ADD CONSTRAINT ct_pkey PRIMARY KEY (id);
-- view public.ctv
CREATE OR REPLACE VIEW public.ctv AS  SELECT c.id,
    f.z
   FROM public.ct c,
    public.ctf() f(id, z);

-- tail:
-- table public.ct: analyze
ANALYZE public.ct;

-- rebuilt:
--   public.ct

-- remade:
--   #pg_proc:16414:0 function public.ctf()
--   #pg_class:16410:0 table public.ct
--   #pg_class:16411:0 index public.ct_pkey
--   #pg_class:16413:0 view public.ctv
--   #pg_constraint:16412:0 constraint ct_pkey on public.ct

-- parts:
--   column public.ct.gone
--   column public.ct.id
--   column public.ct.z
--   constraint ct_pkey on public.ct
--   index public.ct_pkey
--   table public.ct

-- renumbered:
--   (#pg_proc:16414:0, "function public.ctf()")
--   (#pg_class:16410:0, "table public.ct")
--   (#pg_class:16410:1, "column public.ct.id")
--   (#pg_class:16410:2, "column public.ct.gone")
--   (#pg_class:16410:3, "column public.ct.z")
--   (#pg_class:16411:0, "index public.ct_pkey")
--   (#pg_class:16413:0, "view public.ctv")
--   (#pg_constraint:16412:0, "constraint ct_pkey on public.ct")
