-- steps:
-- table public.p1
ALTER TABLE backout_archive_1."88435 p1" SET SCHEMA public;
-- table public.p1
ALTER TABLE public."88435 p1" RENAME TO p1;
-- constraint p1_pkey on public.p1
ALTER TABLE public.p1 RENAME CONSTRAINT "88439 p1_pkey" TO p1_pkey;
-- index public.p1_at_idx
ALTER INDEX public."88446 p1_at_idx" RENAME TO p1_at_idx;
-- partition public.p1
--   may clash: Partition, at once None
ALTER TABLE public.p ATTACH PARTITION public.p1 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.p1.at
--   column public.p1.id
--   constraint p1_pkey on public.p1
--   index public.p1_at_idx
--   index public.p1_pkey
--   table public.p1

-- renumbered:
--   (#pg_class:16413:0, "table public.p1")
--   (#pg_class:16413:1, "column public.p1.id")
--   (#pg_class:16413:2, "column public.p1.at")
--   (#pg_class:16414:0, "index public.p1_pkey")
--   (#pg_class:16420:0, "index public.p1_at_idx")
--   (#pg_constraint:16415:0, "constraint p1_pkey on public.p1")
