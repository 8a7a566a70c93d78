-- steps:
-- what the migration added to a table that it dropped
DROP INDEX IF EXISTS backout_archive_1."145064 iwy" CASCADE;
-- what the migration added to a table that it dropped
DROP INDEX IF EXISTS backout_archive_1."145062 iwx" CASCADE;
-- what the migration added to a table that it dropped
ALTER TABLE backout_archive_1."144889 iw" DROP CONSTRAINT IF EXISTS "145067 iw_w_p_key" CASCADE;
-- table public.iw
ALTER TABLE backout_archive_1."144889 iw" SET SCHEMA public;
-- table public.iw1
ALTER TABLE backout_archive_1."144893 iw1" SET SCHEMA public;
-- table public.iw
ALTER TABLE public."144889 iw" RENAME TO iw;
-- table public.iw1
ALTER TABLE public."144893 iw1" RENAME TO iw1;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.iw.p
--   column public.iw.w
--   column public.iw1.p
--   column public.iw1.w
--   table public.iw
--   table public.iw1

-- renumbered:
--   (#pg_class:16410:0, "table public.iw")
--   (#pg_class:16410:1, "column public.iw.p")
--   (#pg_class:16410:2, "column public.iw.w")
--   (#pg_class:16411:0, "table public.iw1")
--   (#pg_class:16411:1, "column public.iw1.p")
--   (#pg_class:16411:2, "column public.iw1.w")
