-- steps:
-- what the migration added
DROP SEQUENCE IF EXISTS public.s CASCADE;
-- sequence public.s
ALTER SEQUENCE backout_archive_1."82804 s" SET SCHEMA public;
-- sequence public.s
ALTER SEQUENCE public."82804 s" RENAME TO s;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- renumbered:
--   (#pg_class:16410:0, "sequence public.s")
