-- locks:
--   public.pq, ACCESS EXCLUSIVE
--   public.pr2, ACCESS EXCLUSIVE

-- steps:
-- constraint pq_b_check on public.pr2
ALTER TABLE public.pr2 DROP CONSTRAINT IF EXISTS pq_b_check CASCADE;
-- constraint pq_b_check on public.pq
ALTER TABLE public.pq DROP CONSTRAINT IF EXISTS pq_b_check CASCADE;
-- what the migration added
ALTER TABLE public.pq DROP CONSTRAINT IF EXISTS more CASCADE;
-- table public.pr1
ALTER TABLE backout_archive_1."153465 pr1" SET SCHEMA public;
-- table public.pr1
ALTER TABLE public."153465 pr1" RENAME TO pr1;
-- table public.pr1
ALTER TABLE public.pr1 INHERIT public.pq;
-- table public.pr2
ALTER TABLE public.pr2 RENAME TO backout_rebuilt_16414;
-- table public.pr2
CREATE TABLE public.pr2 (c integer) INHERITS (public.pq);
-- table public.pr2
INSERT INTO public.pr2 (a, b, c) OVERRIDING SYSTEM VALUE SELECT t.a, t.b, t.c FROM ONLY public.backout_rebuilt_16414 t;
-- table public.pr2
DROP TABLE public.backout_rebuilt_16414;
-- constraint pq_b_check on public.pq
ALTER TABLE public.pq ADD CONSTRAINT pq_b_check CHECK ((b > 0)) NOT VALID;
-- table public.pr1
ALTER TABLE public.pr1 NO INHERIT backout_archive_1.foster_153456_153465;
-- table public.pr1
DROP TABLE backout_archive_1.foster_153456_153465;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- tail:
-- table public.pr2: analyze
ANALYZE public.pr2;
-- constraint pq_b_check on public.pq: validate, public.pq
ALTER TABLE public.pq VALIDATE CONSTRAINT pq_b_check;

-- rebuilt:
--   public.pr2

-- remade:
--   #pg_class:16414:0 table public.pr2
--   #pg_constraint:16411:0 constraint pq_b_check on public.pq
--   #pg_constraint:16415:0 constraint pq_b_check on public.pr2

-- parts:
--   column public.pq.a
--   column public.pq.b
--   column public.pr1.a
--   column public.pr1.b
--   column public.pr1.c
--   column public.pr2.a
--   column public.pr2.b
--   column public.pr2.c
--   constraint pq_b_check on public.pq
--   constraint pq_b_check on public.pr1
--   constraint pq_b_check on public.pr2
--   table public.pq
--   table public.pr1
--   table public.pr2

-- renumbered:
--   (#pg_class:16412:0, "table public.pr1")
--   (#pg_class:16412:1, "column public.pr1.a")
--   (#pg_class:16412:2, "column public.pr1.b")
--   (#pg_class:16412:3, "column public.pr1.c")
--   (#pg_class:16414:0, "table public.pr2")
--   (#pg_class:16414:1, "column public.pr2.a")
--   (#pg_class:16414:2, "column public.pr2.b")
--   (#pg_class:16414:3, "column public.pr2.c")
--   (#pg_constraint:16411:0, "constraint pq_b_check on public.pq")
--   (#pg_constraint:16413:0, "constraint pq_b_check on public.pr1")
--   (#pg_constraint:16415:0, "constraint pq_b_check on public.pr2")
