-- steps:
-- table public.par
ALTER TABLE backout_archive_1."66321 par" SET SCHEMA public;
-- table public.kid
ALTER TABLE backout_archive_1."66329 kid" SET SCHEMA public;
-- table public.par
ALTER TABLE public."66321 par" RENAME TO par;
-- table public.kid
ALTER TABLE public."66329 kid" RENAME TO kid;
-- constraint par_a_check on public.par
ALTER TABLE public.par RENAME CONSTRAINT "66324 par_a_check" TO par_a_check;
-- constraint par_pkey on public.par
ALTER TABLE public.par RENAME CONSTRAINT "66328 par_pkey" TO par_pkey;
-- index public.kid_c_idx
ALTER INDEX public."66335 kid_c_idx" RENAME TO kid_c_idx;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.kid.a
--   column public.kid.b
--   column public.kid.c
--   column public.par.a
--   column public.par.b
--   constraint par_a_check on public.kid
--   constraint par_a_check on public.par
--   constraint par_pkey on public.par
--   index public.kid_c_idx
--   index public.par_pkey
--   table public.kid
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
--   (#pg_class:16416:0, "index public.kid_c_idx")
--   (#pg_constraint:16411:0, "constraint par_a_check on public.par")
--   (#pg_constraint:16413:0, "constraint par_pkey on public.par")
--   (#pg_constraint:16415:0, "constraint par_a_check on public.kid")
