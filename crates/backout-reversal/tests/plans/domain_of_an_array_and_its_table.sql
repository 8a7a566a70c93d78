-- steps:
-- domain public.da
ALTER DOMAIN backout_archive_1."155761 da" SET SCHEMA public;
-- table public.dat
ALTER TABLE backout_archive_1."155762 dat" SET SCHEMA public;
-- domain public.da
ALTER DOMAIN public."155761 da" RENAME TO da;
-- table public.dat
ALTER TABLE public."155762 dat" RENAME TO dat;
-- constraint dat_pkey on public.dat
ALTER TABLE public.dat RENAME CONSTRAINT "155768 dat_pkey" TO dat_pkey;

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
--   (#pg_type:16410:0, "domain public.da")
--   (#pg_class:16411:0, "table public.dat")
--   (#pg_class:16411:1, "column public.dat.id")
--   (#pg_class:16411:2, "column public.dat.x")
--   (#pg_class:16412:0, "index public.dat_pkey")
--   (#pg_constraint:16413:0, "constraint dat_pkey on public.dat")
