-- locks:
--   public.wp, ACCESS EXCLUSIVE
--   public.wp1, ACCESS EXCLUSIVE
--   public.wp12, ACCESS EXCLUSIVE

-- steps:
-- table public.wp11
ALTER TABLE backout_archive_1."122352 wp11" SET SCHEMA public;
-- table public.wp11
ALTER TABLE public."122352 wp11" RENAME TO wp11;
-- column public.wp.o
ALTER TABLE public.wp ALTER COLUMN o DROP NOT NULL;
-- column public.wp1.o
ALTER TABLE public.wp1 ALTER COLUMN o DROP NOT NULL;
-- column public.wp12.o
ALTER TABLE public.wp12 ALTER COLUMN o DROP NOT NULL;
-- partition public.wp11
--   may clash: Partition, at once None
ALTER TABLE public.wp1 ATTACH PARTITION public.wp11 FOR VALUES IN (1);

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.wp.a
--   column public.wp.b
--   column public.wp.o
--   column public.wp1.a
--   column public.wp1.b
--   column public.wp1.o
--   column public.wp11.a
--   column public.wp11.b
--   column public.wp11.o
--   column public.wp12.a
--   column public.wp12.b
--   column public.wp12.o
--   table public.wp
--   table public.wp1
--   table public.wp11
--   table public.wp12

-- renumbered:
--   (#pg_class:16410:3, "column public.wp.o")
--   (#pg_class:16411:3, "column public.wp1.o")
--   (#pg_class:16412:0, "table public.wp11")
--   (#pg_class:16412:1, "column public.wp11.a")
--   (#pg_class:16412:2, "column public.wp11.b")
--   (#pg_class:16412:3, "column public.wp11.o")
--   (#pg_class:16413:3, "column public.wp12.o")
