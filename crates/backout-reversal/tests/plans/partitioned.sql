-- steps:
-- table public.p
ALTER TABLE backout_archive_1."88109 p" SET SCHEMA public;
-- table public.p1
ALTER TABLE backout_archive_1."88114 p1" SET SCHEMA public;
-- table public.p2
ALTER TABLE backout_archive_1."88119 p2" SET SCHEMA public;
-- table public.p
ALTER TABLE public."88109 p" RENAME TO p;
-- table public.p1
ALTER TABLE public."88114 p1" RENAME TO p1;
-- table public.p2
ALTER TABLE public."88119 p2" RENAME TO p2;
-- constraint p_pkey on public.p
ALTER TABLE public.p RENAME CONSTRAINT "88113 p_pkey" TO p_pkey;
-- constraint p1_pkey on public.p1
ALTER TABLE public.p1 RENAME CONSTRAINT "88118 p1_pkey" TO p1_pkey;
-- constraint p2_pkey on public.p2
ALTER TABLE public.p2 RENAME CONSTRAINT "88123 p2_pkey" TO p2_pkey;
-- index public.p_at
ALTER INDEX public."88124 p_at" RENAME TO p_at;
-- index public.p1_at_idx
ALTER INDEX public."88125 p1_at_idx" RENAME TO p1_at_idx;
-- index public.p2_at_idx
ALTER INDEX public."88126 p2_at_idx" RENAME TO p2_at_idx;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.p.at
--   column public.p.id
--   column public.p1.at
--   column public.p1.id
--   column public.p2.at
--   column public.p2.id
--   constraint p1_pkey on public.p1
--   constraint p2_pkey on public.p2
--   constraint p_pkey on public.p
--   index public.p1_at_idx
--   index public.p1_pkey
--   index public.p2_at_idx
--   index public.p2_pkey
--   index public.p_at
--   index public.p_pkey
--   table public.p
--   table public.p1
--   table public.p2

-- renumbered:
--   (#pg_class:16410:0, "table public.p")
--   (#pg_class:16410:1, "column public.p.id")
--   (#pg_class:16410:2, "column public.p.at")
--   (#pg_class:16411:0, "index public.p_pkey")
--   (#pg_class:16413:0, "table public.p1")
--   (#pg_class:16413:1, "column public.p1.id")
--   (#pg_class:16413:2, "column public.p1.at")
--   (#pg_class:16414:0, "index public.p1_pkey")
--   (#pg_class:16416:0, "table public.p2")
--   (#pg_class:16416:1, "column public.p2.id")
--   (#pg_class:16416:2, "column public.p2.at")
--   (#pg_class:16417:0, "index public.p2_pkey")
--   (#pg_class:16419:0, "index public.p_at")
--   (#pg_class:16420:0, "index public.p1_at_idx")
--   (#pg_class:16421:0, "index public.p2_at_idx")
--   (#pg_constraint:16412:0, "constraint p_pkey on public.p")
--   (#pg_constraint:16415:0, "constraint p1_pkey on public.p1")
--   (#pg_constraint:16418:0, "constraint p2_pkey on public.p2")
