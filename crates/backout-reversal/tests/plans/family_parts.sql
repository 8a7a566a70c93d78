-- locks:
--   public.kid, ACCESS EXCLUSIVE
--   public.par, ACCESS EXCLUSIVE

-- steps:
-- index public.kid_c_idx
DROP INDEX IF EXISTS public.kid_c_idx CASCADE;
-- constraint par_a_check on public.kid
ALTER TABLE public.kid DROP CONSTRAINT IF EXISTS par_a_check CASCADE;
-- constraint par_a_check on public.par
ALTER TABLE public.par DROP CONSTRAINT IF EXISTS par_a_check CASCADE;
-- table public.kid
ALTER TABLE public.kid RENAME TO backout_rebuilt_16414;
-- table public.kid
CREATE TABLE public.kid (b text, c integer) INHERITS (public.par);
-- table public.kid
INSERT INTO public.kid (a, b, c) OVERRIDING SYSTEM VALUE SELECT t.a, t.b, t.c FROM ONLY public.backout_rebuilt_16414 t;
-- table public.kid
DROP TABLE public.backout_rebuilt_16414;
-- constraint par_a_check on public.par
ALTER TABLE public.par ADD CONSTRAINT par_a_check CHECK ((a > 0)) NOT VALID;
-- index public.kid_c_idx
CREATE INDEX kid_c_idx ON public.kid USING btree (c);

-- tail:
-- table public.kid: analyze
ANALYZE public.kid;
-- constraint par_a_check on public.par: validate, public.par
ALTER TABLE public.par VALIDATE CONSTRAINT par_a_check;

-- rebuilt:
--   public.kid

-- remade:
--   #pg_class:16414:0 table public.kid
--   #pg_class:16416:0 index public.kid_c_idx
--   #pg_constraint:16411:0 constraint par_a_check on public.par
--   #pg_constraint:16415:0 constraint par_a_check on public.kid

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
--   (#pg_class:16414:0, "table public.kid")
--   (#pg_class:16414:1, "column public.kid.a")
--   (#pg_class:16414:2, "column public.kid.b")
--   (#pg_class:16414:3, "column public.kid.c")
--   (#pg_class:16416:0, "index public.kid_c_idx")
--   (#pg_constraint:16411:0, "constraint par_a_check on public.par")
--   (#pg_constraint:16415:0, "constraint par_a_check on public.kid")
