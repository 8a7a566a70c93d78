-- steps:
-- table public.par
ALTER TABLE backout_archive_1."63673 par" SET SCHEMA public;
-- table public.kid
ALTER TABLE backout_archive_1."63681 kid" SET SCHEMA public;
-- table public.kid2
ALTER TABLE backout_archive_1."63691 kid2" SET SCHEMA public;
-- sequence public.kid2_d_seq
ALTER SEQUENCE public."63690 kid2_d_seq" RENAME TO kid2_d_seq;
-- table public.par
ALTER TABLE public."63673 par" RENAME TO par;
-- table public.kid
ALTER TABLE public."63681 kid" RENAME TO kid;
-- table public.kid2
ALTER TABLE public."63691 kid2" RENAME TO kid2;
-- constraint par_pkey on public.par
ALTER TABLE public.par RENAME CONSTRAINT "63680 par_pkey" TO par_pkey;
-- index public.kid_c_idx
ALTER INDEX public."63698 kid_c_idx" RENAME TO kid_c_idx;
-- default public.kid2.d
ALTER TABLE ONLY public.kid2 ALTER COLUMN d SET DEFAULT nextval('public.kid2_d_seq'::regclass);
-- table public.kid2
ALTER TABLE public.kid2 INHERIT public.par2;
-- table public.kid2
ALTER TABLE public.kid2 NO INHERIT backout_archive_1.foster_63673_63691;
-- table public.kid2
DROP TABLE backout_archive_1.foster_63673_63691;
-- table public.kid2
ALTER TABLE public.kid2 NO INHERIT backout_archive_1.foster_63687_63691;
-- table public.kid2
DROP TABLE backout_archive_1.foster_63687_63691;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.kid.a
--   column public.kid.b
--   column public.kid.c
--   column public.kid2.a
--   column public.kid2.b
--   column public.kid2.d
--   column public.kid2.z
--   column public.par.a
--   column public.par.b
--   constraint par_a_check on public.kid
--   constraint par_a_check on public.kid2
--   constraint par_a_check on public.par
--   constraint par_pkey on public.par
--   default public.kid2.d
--   index public.kid_c_idx
--   index public.par_pkey
--   table public.kid
--   table public.kid2
--   table public.par

-- renumbered:
--   (#pg_class:16410:0, "table public.par")
--   (#pg_class:16410:1, "column public.par.a")
--   (#pg_class:16410:2, "column public.par.b")
--   (#pg_class:16412:0, "index public.par_pkey")
--   (#pg_class:16414:0, "table public.kid")
--   (#pg_class:16414:1, "column public.kid.a")
--   (#pg_class:16414:2, "column public.kid.b")
--   (#pg_class:16414:3, "column public.kid.c")
--   (#pg_class:16417:0, "sequence public.kid2_d_seq")
--   (#pg_class:16418:0, "table public.kid2")
--   (#pg_class:16418:1, "column public.kid2.a")
--   (#pg_class:16418:2, "column public.kid2.b")
--   (#pg_class:16418:3, "column public.kid2.z")
--   (#pg_class:16418:4, "column public.kid2.d")
--   (#pg_class:16421:0, "index public.kid_c_idx")
--   (#pg_attrdef:16420:0, "default public.kid2.d")
--   (#pg_constraint:16411:0, "constraint par_a_check on public.par")
--   (#pg_constraint:16413:0, "constraint par_pkey on public.par")
--   (#pg_constraint:16415:0, "constraint par_a_check on public.kid")
--   (#pg_constraint:16419:0, "constraint par_a_check on public.kid2")
