-- steps:
-- domain public.dk
ALTER DOMAIN backout_archive_1."113777 dk" SET SCHEMA public;
-- table public.dt
ALTER TABLE backout_archive_1."113779 dt" SET SCHEMA public;
-- domain public.dk
ALTER DOMAIN public."113777 dk" RENAME TO dk;
-- table public.dt
ALTER TABLE public."113779 dt" RENAME TO dt;
-- constraint dt_pkey on public.dt
ALTER TABLE public.dt RENAME CONSTRAINT "113785 dt_pkey" TO dt_pkey;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.dt.id
--   column public.dt.v
--   constraint dt_pkey on public.dt
--   index public.dt_pkey
--   table public.dt

-- renumbered:
--   (#pg_type:16410:0, "domain public.dk")
--   (#pg_class:16412:0, "table public.dt")
--   (#pg_class:16412:1, "column public.dt.id")
--   (#pg_class:16412:2, "column public.dt.v")
--   (#pg_class:16413:0, "index public.dt_pkey")
--   (#pg_constraint:16411:0, "constraint dkc on public.dk")
--   (#pg_constraint:16414:0, "constraint dt_pkey on public.dt")
