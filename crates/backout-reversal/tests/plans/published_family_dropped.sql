-- steps:
-- table public.pf
ALTER TABLE backout_archive_1."35349 pf" SET SCHEMA public;
-- table public.pg1
ALTER TABLE backout_archive_1."35354 pg1" SET SCHEMA public;
-- table public.pf
ALTER TABLE public."35349 pf" RENAME TO pf;
-- table public.pg1
ALTER TABLE public."35354 pg1" RENAME TO pg1;
-- constraint pf_pkey on public.pf
ALTER TABLE public.pf RENAME CONSTRAINT "35353 pf_pkey" TO pf_pkey;
-- public.pf in publication pfp
ALTER PUBLICATION pfp ADD TABLE ONLY public.pf;
-- public.pg1 in publication pfp
ALTER PUBLICATION pfp ADD TABLE ONLY public.pg1;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.pf.a
--   column public.pg1.a
--   column public.pg1.b
--   constraint pf_pkey on public.pf
--   index public.pf_pkey
--   table public.pf
--   table public.pg1

-- renumbered:
--   (#pg_class:16410:0, "table public.pf")
--   (#pg_class:16410:1, "column public.pf.a")
--   (#pg_class:16411:0, "index public.pf_pkey")
--   (#pg_class:16413:0, "table public.pg1")
--   (#pg_class:16413:1, "column public.pg1.a")
--   (#pg_class:16413:2, "column public.pg1.b")
--   (#pg_constraint:16412:0, "constraint pf_pkey on public.pf")
--   (#pg_publication_rel:16415:0, "public.pf in publication pfp")
--   (#pg_publication_rel:16416:0, "public.pg1 in publication pfp")
