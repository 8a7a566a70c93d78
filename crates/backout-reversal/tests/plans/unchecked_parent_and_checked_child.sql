-- locks:
--   public.cc, ACCESS EXCLUSIVE
--   public.cp, ACCESS EXCLUSIVE

-- steps:
-- column public.cp.b
ALTER TABLE public.cp ADD COLUMN b integer;
-- table public.cc
ALTER TABLE public.cc RENAME TO backout_rebuilt_16412;
-- table public.cc
CREATE TABLE public.cc (c integer) INHERITS (public.cp);
-- table public.cc
INSERT INTO public.cc (a, b, c) OVERRIDING SYSTEM VALUE SELECT t.a, NULL, t.c FROM ONLY public.backout_rebuilt_16412 t;
-- table public.cc
DROP TABLE public.backout_rebuilt_16412;
-- constraint cpc on public.cp
ALTER TABLE public.cp ADD CONSTRAINT cpc CHECK (((b IS NOT NULL) OR true)) NOT VALID;

-- tail:
-- table public.cc: analyze
ANALYZE public.cc;
-- constraint cpc on public.cc: validate, public.cc
ALTER TABLE public.cc VALIDATE CONSTRAINT cpc;

-- rebuilt:
--   public.cc

-- remade:
--   #pg_class:16412:0 table public.cc

-- parts:
--   column public.cc.a
--   column public.cc.b
--   column public.cc.c
--   column public.cp.a
--   column public.cp.b
--   constraint cpc on public.cc
--   constraint cpc on public.cp
--   table public.cc
--   table public.cp

-- renumbered:
--   (#pg_class:16410:2, "column public.cp.b")
--   (#pg_class:16412:0, "table public.cc")
--   (#pg_class:16412:1, "column public.cc.a")
--   (#pg_class:16412:2, "column public.cc.b")
--   (#pg_class:16412:3, "column public.cc.c")
--   (#pg_constraint:16411:0, "constraint cpc on public.cp")
--   (#pg_constraint:16413:0, "constraint cpc on public.cc")
