-- steps:
-- domain public.must
ALTER DOMAIN backout_archive_1."41876 must" SET SCHEMA public;
-- type public.holds
ALTER TYPE backout_archive_1."41879 holds" SET SCHEMA public;
-- table public.dh
ALTER TABLE backout_archive_1."41880 dh" SET SCHEMA public;
-- domain public.must
ALTER DOMAIN public."41876 must" RENAME TO must;
-- type public.holds
ALTER TYPE public."41879 holds" RENAME TO holds;
-- table public.dh
ALTER TABLE public."41880 dh" RENAME TO dh;
-- constraint dh_pkey on public.dh
ALTER TABLE public.dh RENAME CONSTRAINT "41886 dh_pkey" TO dh_pkey;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.dh.h
--   column public.dh.id
--   constraint dh_pkey on public.dh
--   index public.dh_pkey
--   table public.dh

-- renumbered:
--   (#pg_type:16410:0, "domain public.must")
--   (#pg_type:16411:0, "type public.holds")
--   (#pg_class:16412:0, "table public.dh")
--   (#pg_class:16412:1, "column public.dh.id")
--   (#pg_class:16412:2, "column public.dh.h")
--   (#pg_class:16413:0, "index public.dh_pkey")
--   (#pg_constraint:16414:0, "constraint dh_pkey on public.dh")
