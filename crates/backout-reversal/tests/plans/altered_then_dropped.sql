-- steps:
-- what the migration added to a table that it dropped
ALTER TABLE ONLY backout_archive_1."118161 ad" ALTER COLUMN n DROP DEFAULT;
-- table public.ad
ALTER TABLE backout_archive_1."118161 ad" SET SCHEMA public;
-- table public.ad
ALTER TABLE public."118161 ad" RENAME TO ad;
-- constraint ad_pkey on public.ad
ALTER TABLE public.ad RENAME CONSTRAINT "118167 ad_pkey" TO ad_pkey;
-- index public.ad_n
ALTER INDEX public."118168 ad_n" RENAME TO ad_n;
-- index public.ad_n
ALTER INDEX public.ad_n RESET (fillfactor);

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.ad.id
--   column public.ad.n
--   column public.ad.t
--   constraint ad_pkey on public.ad
--   index public.ad_n
--   index public.ad_pkey
--   table public.ad

-- renumbered:
--   (#pg_class:16410:0, "table public.ad")
--   (#pg_class:16410:1, "column public.ad.id")
--   (#pg_class:16410:2, "column public.ad.n")
--   (#pg_class:16410:3, "column public.ad.t")
--   (#pg_class:16411:0, "index public.ad_pkey")
--   (#pg_class:16413:0, "index public.ad_n")
--   (#pg_constraint:16412:0, "constraint ad_pkey on public.ad")
