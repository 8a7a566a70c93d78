-- locks:
--   public.kid, ACCESS EXCLUSIVE
--   public.kin, ACCESS EXCLUSIVE
--   public.p, ACCESS EXCLUSIVE
--   public.p1, ACCESS EXCLUSIVE
--   public.p2, ACCESS EXCLUSIVE
--   public.p2a, ACCESS EXCLUSIVE
--   public.p3, ACCESS EXCLUSIVE
--   public.par, ACCESS EXCLUSIVE

-- steps:
-- constraint c on public.par
ALTER TABLE public.par DROP CONSTRAINT IF EXISTS c CASCADE;
-- constraint c on public.p
ALTER TABLE public.p DROP CONSTRAINT IF EXISTS c CASCADE;
-- constraint c on public.p
ALTER TABLE public.p ADD CONSTRAINT c CHECK ((n > 0)) NOT VALID;
-- constraint c on public.p
COMMENT ON CONSTRAINT c ON public.p IS 'c';
-- constraint c on public.par
ALTER TABLE public.par ADD CONSTRAINT c CHECK ((a > 0)) NOT VALID;
-- constraint c on public.kin
COMMENT ON CONSTRAINT c ON public.kin IS 'k';

-- tail:
-- constraint c on public.p3: validate, public.p3
ALTER TABLE public.p3 VALIDATE CONSTRAINT c;

-- remade:
--   #pg_constraint:16418:0 constraint c on public.p
--   #pg_constraint:16419:0 constraint c on public.p1
--   #pg_constraint:16420:0 constraint c on public.p2
--   #pg_constraint:16421:0 constraint c on public.p2a
--   #pg_constraint:16422:0 constraint c on public.p3
--   #pg_constraint:16423:0 constraint c on public.par
--   #pg_constraint:16424:0 constraint c on public.kid
--   #pg_constraint:16425:0 constraint c on public.kin

-- parts:
--   column public.kid.a
--   column public.kid.b
--   column public.kin.a
--   column public.kin.b
--   column public.p.n
--   column public.p.part
--   column public.p1.n
--   column public.p1.part
--   column public.p2.n
--   column public.p2.part
--   column public.p2a.n
--   column public.p2a.part
--   column public.p3.n
--   column public.p3.part
--   column public.par.a
--   constraint c on public.kid
--   constraint c on public.kin
--   constraint c on public.p
--   constraint c on public.p1
--   constraint c on public.p2
--   constraint c on public.p2a
--   constraint c on public.p3
--   constraint c on public.par
--   table public.kid
--   table public.kin
--   table public.p
--   table public.p1
--   table public.p2
--   table public.p2a
--   table public.p3
--   table public.par

-- renumbered:
--   (#pg_constraint:16418:0, "constraint c on public.p")
--   (#pg_constraint:16419:0, "constraint c on public.p1")
--   (#pg_constraint:16420:0, "constraint c on public.p2")
--   (#pg_constraint:16421:0, "constraint c on public.p2a")
--   (#pg_constraint:16422:0, "constraint c on public.p3")
--   (#pg_constraint:16423:0, "constraint c on public.par")
--   (#pg_constraint:16424:0, "constraint c on public.kid")
--   (#pg_constraint:16425:0, "constraint c on public.kin")
