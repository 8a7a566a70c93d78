-- steps:
-- table public.par
ALTER TABLE backout_archive_1."89886 par" SET SCHEMA public;
-- table public.kid
ALTER TABLE backout_archive_1."89891 kid" SET SCHEMA public;
-- table public.par
ALTER TABLE public."89886 par" RENAME TO par;
-- table public.kid
ALTER TABLE public."89891 kid" RENAME TO kid;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.kid.a
--   column public.kid.b
--   column public.kid.c
--   column public.par.a
--   column public.par.b
--   table public.kid
--   table public.par

-- renumbered:
--   (#pg_class:16410:0, "table public.par")
--   (#pg_class:16410:1, "column public.par.a")
--   (#pg_class:16410:2, "column public.par.b")
--   (#pg_class:16411:0, "table public.kid")
--   (#pg_class:16411:1, "column public.kid.a")
--   (#pg_class:16411:2, "column public.kid.b")
--   (#pg_class:16411:3, "column public.kid.c")
