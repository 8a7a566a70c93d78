-- steps:
-- type public.ae
ALTER TYPE backout_archive_1."156778 ae" SET SCHEMA public;
-- domain public.da
ALTER DOMAIN backout_archive_1."156782 da" SET SCHEMA public;
-- table public.dat
ALTER TABLE backout_archive_1."156783 dat" SET SCHEMA public;
-- type public.ae
ALTER TYPE public."156778 ae" RENAME TO ae;
-- domain public.da
ALTER DOMAIN public."156782 da" RENAME TO da;
-- table public.dat
ALTER TABLE public."156783 dat" RENAME TO dat;
-- constraint dat_pkey on public.dat
ALTER TABLE public.dat RENAME CONSTRAINT "156789 dat_pkey" TO dat_pkey;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.dat.id
--   column public.dat.x
--   constraint dat_pkey on public.dat
--   index public.dat_pkey
--   table public.dat

-- renumbered:
--   (#pg_type:16410:0, "type public.ae")
--   (#pg_type:16411:0, "domain public.da")
--   (#pg_class:16412:0, "table public.dat")
--   (#pg_class:16412:1, "column public.dat.id")
--   (#pg_class:16412:2, "column public.dat.x")
--   (#pg_class:16413:0, "index public.dat_pkey")
--   (#pg_constraint:16414:0, "constraint dat_pkey on public.dat")
