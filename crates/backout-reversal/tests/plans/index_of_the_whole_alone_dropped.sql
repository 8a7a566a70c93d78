-- locks:
--   public.io, ACCESS EXCLUSIVE

-- steps:
-- index public.io_at
DROP INDEX IF EXISTS public.io_at CASCADE;
-- table public.io1
ALTER TABLE backout_archive_1."94404 io1" SET SCHEMA public;
-- table public.io1
ALTER TABLE public."94404 io1" RENAME TO io1;
-- partition public.io1
--   may clash: Partition, at once None
ALTER TABLE public.io ATTACH PARTITION public.io1 FOR VALUES WITH (modulus 2, remainder 1);
-- index public.io_at
CREATE INDEX io_at ON ONLY public.io USING btree (at);
-- index public.io_at
COMMENT ON INDEX public.io_at IS 'alone';

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- remade:
--   #pg_class:16413:0 index public.io_at

-- parts:
--   column public.io.at
--   column public.io.h
--   column public.io1.at
--   column public.io1.h
--   index public.io_at
--   table public.io
--   table public.io1

-- renumbered:
--   (#pg_class:16412:0, "table public.io1")
--   (#pg_class:16412:1, "column public.io1.at")
--   (#pg_class:16412:2, "column public.io1.h")
--   (#pg_class:16413:0, "index public.io_at")
