-- locks:
--   public.dat, ACCESS EXCLUSIVE

-- steps:
-- constraint dat_pkey on public.dat
ALTER TABLE public.dat DROP CONSTRAINT IF EXISTS dat_pkey CASCADE;
-- type public.ac
ALTER TYPE backout_archive_1."157285 ac" SET SCHEMA public;
-- domain public.da
ALTER DOMAIN backout_archive_1."157287 da" SET SCHEMA public;
-- type public.ac
ALTER TYPE public."157285 ac" RENAME TO ac;
-- domain public.da
ALTER DOMAIN public."157287 da" RENAME TO da;
-- table public.dat
ALTER TABLE public.dat RENAME TO backout_rebuilt_16412;
-- table public.dat
CREATE TABLE public.dat (id integer NOT NULL, x public.da, y integer);
-- table public.dat
INSERT INTO public.dat (id, x, y) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value::text::public.da, t.y FROM ONLY public.backout_rebuilt_16412 t LEFT JOIN backout_archive_1.column_157288_2 c2 ON c2.id = t.id;
-- table public.dat
DROP TABLE public.backout_rebuilt_16412;
-- constraint dat_pkey on public.dat
--   may clash: Values, at once None
ALTER TABLE public.dat ADD CONSTRAINT dat_pkey PRIMARY KEY (id);

-- tail:
-- table public.dat: analyze
ANALYZE public.dat;

-- rebuilt:
--   public.dat

-- remade:
--   #pg_class:16412:0 table public.dat
--   #pg_class:16413:0 index public.dat_pkey
--   #pg_constraint:16414:0 constraint dat_pkey on public.dat

-- parts:
--   column public.dat.id
--   column public.dat.x
--   column public.dat.y
--   constraint dat_pkey on public.dat
--   index public.dat_pkey
--   table public.dat

-- renumbered:
--   (#pg_type:16410:0, "type public.ac")
--   (#pg_type:16411:0, "domain public.da")
--   (#pg_class:16412:0, "table public.dat")
--   (#pg_class:16412:1, "column public.dat.id")
--   (#pg_class:16412:2, "column public.dat.x")
--   (#pg_class:16412:3, "column public.dat.y")
--   (#pg_class:16413:0, "index public.dat_pkey")
--   (#pg_constraint:16414:0, "constraint dat_pkey on public.dat")
