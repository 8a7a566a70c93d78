-- steps:
-- table public.cq
ALTER TABLE backout_archive_1."152667 cq" SET SCHEMA public;
-- table public.cq
ALTER TABLE public."152667 cq" RENAME TO cq;
-- table public.cq
CREATE TABLE public.backout_apart_16413 AS SELECT k, n, a, b FROM ONLY public.cq WHERE k IS NULL OR n IS NULL;
-- table public.cq
DELETE FROM ONLY public.cq WHERE k IS NULL OR n IS NULL;
-- table public.cq
ALTER TABLE ONLY public.cq ALTER COLUMN k SET NOT NULL;
-- table public.cq
ALTER TABLE ONLY public.cq ALTER COLUMN n SET NOT NULL;
-- table public.cq
ALTER TABLE public.cq INHERIT public.cp;
-- table public.cq
ALTER TABLE ONLY public.cq ALTER COLUMN k DROP NOT NULL;
-- table public.cq
ALTER TABLE ONLY public.cq ALTER COLUMN n DROP NOT NULL;
-- table public.cq
INSERT INTO public.cq (k, n, a, b) OVERRIDING SYSTEM VALUE SELECT k, n, a, b FROM public.backout_apart_16413;
-- table public.cq
DROP TABLE public.backout_apart_16413;
-- table public.cq
ALTER TABLE public.cq NO INHERIT backout_archive_1.foster_152662_152667;
-- table public.cq
DROP TABLE backout_archive_1.foster_152662_152667;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.cq.a
--   column public.cq.b
--   column public.cq.k
--   column public.cq.n
--   table public.cq

-- renumbered:
--   (#pg_class:16413:0, "table public.cq")
--   (#pg_class:16413:1, "column public.cq.k")
--   (#pg_class:16413:2, "column public.cq.n")
--   (#pg_class:16413:3, "column public.cq.a")
--   (#pg_class:16413:4, "column public.cq.b")
