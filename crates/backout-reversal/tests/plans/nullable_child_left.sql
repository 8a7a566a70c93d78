-- locks:
--   public.cl, ACCESS EXCLUSIVE
--   public.cm, ACCESS EXCLUSIVE
--   public.co, ACCESS EXCLUSIVE
--   public.cq, ACCESS EXCLUSIVE

-- steps:
-- foreign key cm_k_fkey on public.cm
ALTER TABLE public.cm DROP CONSTRAINT IF EXISTS cm_k_fkey CASCADE;
-- foreign key cq_k_fkey on public.cq
ALTER TABLE public.cq DROP CONSTRAINT IF EXISTS cq_k_fkey CASCADE;
-- constraint co_pkey on public.co
ALTER TABLE public.co DROP CONSTRAINT IF EXISTS co_pkey CASCADE;
-- table public.cl
ALTER TABLE public.cl DISABLE TRIGGER noted;
-- table public.cl
CREATE TABLE public.backout_apart_16418 AS SELECT id, v, k FROM ONLY public.cl WHERE id IS NULL;
-- table public.cl
DELETE FROM ONLY public.cl WHERE id IS NULL;
-- table public.cl
ALTER TABLE ONLY public.cl ALTER COLUMN id SET NOT NULL;
-- table public.cl
ALTER TABLE public.cl INHERIT public.cn;
-- table public.cl
ALTER TABLE ONLY public.cl ALTER COLUMN id DROP NOT NULL;
-- table public.cl
INSERT INTO public.cl (id, v, k) OVERRIDING SYSTEM VALUE SELECT id, v, k FROM public.backout_apart_16418;
-- table public.cl
DROP TABLE public.backout_apart_16418;
-- table public.cl
ALTER TABLE public.cl ENABLE TRIGGER noted;
-- table public.co
ALTER TABLE public.co RENAME TO backout_rebuilt_16413;
-- table public.co
CREATE TABLE public.co (k integer NOT NULL) INHERITS (public.cn);
-- table public.co
ALTER TABLE ONLY public.co ALTER COLUMN id DROP NOT NULL;
-- table public.co
INSERT INTO public.co (id, v, k) OVERRIDING SYSTEM VALUE SELECT t.id, t.v, t.k FROM ONLY public.backout_rebuilt_16413 t;
-- table public.co
DROP TABLE public.backout_rebuilt_16413;
-- constraint co_pkey on public.co
--   may clash: Values, at once None
ALTER TABLE public.co ADD CONSTRAINT co_pkey PRIMARY KEY (k);
-- foreign key cq_k_fkey on public.cq
--   may clash: ForeignKey, at once Some("ALTER TABLE public.cq ADD CONSTRAINT cq_k_fkey FOREIGN KEY (k) REFERENCES public.co(k) ON DELETE CASCADE")
ALTER TABLE public.cq ADD CONSTRAINT cq_k_fkey FOREIGN KEY (k) REFERENCES public.co(k) ON DELETE CASCADE NOT VALID;
-- foreign key cm_k_fkey on public.cm
ALTER TABLE public.cm ADD CONSTRAINT cm_k_fkey FOREIGN KEY (k) REFERENCES public.cl(k) ON DELETE CASCADE NOT VALID;

-- tail:
-- table public.co: analyze
ANALYZE public.co;
-- foreign key cq_k_fkey on public.cq: validate, public.cq
ALTER TABLE public.cq VALIDATE CONSTRAINT cq_k_fkey;
-- foreign key cm_k_fkey on public.cm: validate, public.cm
ALTER TABLE public.cm VALIDATE CONSTRAINT cm_k_fkey;

-- rebuilt:
--   public.co

-- remade:
--   #pg_class:16413:0 table public.co
--   #pg_class:16414:0 index public.co_pkey
--   #pg_constraint:16415:0 constraint co_pkey on public.co
--   #pg_constraint:16417:0 foreign key cq_k_fkey on public.cq
--   #pg_constraint:16422:0 foreign key cm_k_fkey on public.cm

-- parts:
--   column public.cl.id
--   column public.cl.k
--   column public.cl.v
--   column public.cm.k
--   column public.co.id
--   column public.co.k
--   column public.co.v
--   column public.cq.k
--   constraint cl_pkey on public.cl
--   constraint co_pkey on public.co
--   foreign key cm_k_fkey on public.cm
--   foreign key cq_k_fkey on public.cq
--   index public.cl_pkey
--   index public.co_pkey
--   table public.cl
--   table public.cm
--   table public.co
--   table public.cq
--   trigger noted on public.cl

-- renumbered:
--   (#pg_class:16413:0, "table public.co")
--   (#pg_class:16413:1, "column public.co.id")
--   (#pg_class:16413:2, "column public.co.v")
--   (#pg_class:16413:3, "column public.co.k")
--   (#pg_class:16414:0, "index public.co_pkey")
--   (#pg_class:16418:0, "table public.cl")
--   (#pg_class:16418:1, "column public.cl.id")
--   (#pg_class:16418:2, "column public.cl.v")
--   (#pg_constraint:16415:0, "constraint co_pkey on public.co")
--   (#pg_constraint:16417:0, "foreign key cq_k_fkey on public.cq")
--   (#pg_constraint:16422:0, "foreign key cm_k_fkey on public.cm")
