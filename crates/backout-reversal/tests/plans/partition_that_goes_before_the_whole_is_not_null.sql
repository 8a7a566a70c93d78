-- locks:
--   public.wn, ACCESS EXCLUSIVE
--   public.wn4, ACCESS EXCLUSIVE

-- steps:
-- table public.wn3
ALTER TABLE backout_archive_1."121528 wn3" SET SCHEMA public;
-- table public.wn3
ALTER TABLE public."121528 wn3" RENAME TO wn3;
-- column public.wn.o
ALTER TABLE public.wn ALTER COLUMN o DROP NOT NULL;
-- column public.wn4.o
ALTER TABLE public.wn4 ALTER COLUMN o DROP NOT NULL;
-- partition public.wn3
--   may clash: Partition, at once None
ALTER TABLE public.wn ATTACH PARTITION public.wn3 FOR VALUES IN (10);

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.wn.o
--   column public.wn.part
--   column public.wn.t
--   column public.wn3.o
--   column public.wn3.part
--   column public.wn3.t
--   column public.wn4.o
--   column public.wn4.part
--   column public.wn4.t
--   table public.wn
--   table public.wn3
--   table public.wn4

-- renumbered:
--   (#pg_class:16410:2, "column public.wn.o")
--   (#pg_class:16411:0, "table public.wn3")
--   (#pg_class:16411:1, "column public.wn3.part")
--   (#pg_class:16411:2, "column public.wn3.o")
--   (#pg_class:16411:3, "column public.wn3.t")
--   (#pg_class:16412:2, "column public.wn4.o")
