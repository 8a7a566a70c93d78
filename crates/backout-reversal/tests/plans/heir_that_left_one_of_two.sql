-- locks:
--   public.hc, ACCESS EXCLUSIVE

-- steps:
-- table public.hc
ALTER TABLE public.hc RENAME TO backout_rebuilt_16415;
-- table public.hc
CREATE TABLE public.hc (id integer, doc text, more integer) INHERITS (public.hp, public.hq);
-- table public.hc
INSERT INTO public.hc (id, doc, q, more) OVERRIDING SYSTEM VALUE SELECT t.id, t.doc, t.q, t.more FROM ONLY public.backout_rebuilt_16415 t;
-- table public.hc
DROP TABLE public.backout_rebuilt_16415;

-- tail:
-- table public.hc: analyze
ANALYZE public.hc;

-- rebuilt:
--   public.hc

-- remade:
--   #pg_class:16415:0 table public.hc
--   #pg_constraint:16416:0 constraint hq_q_check on public.hc

-- parts:
--   column public.hc.doc
--   column public.hc.id
--   column public.hc.more
--   column public.hc.q
--   constraint hq_q_check on public.hc
--   table public.hc

-- renumbered:
--   (#pg_class:16415:0, "table public.hc")
--   (#pg_class:16415:1, "column public.hc.id")
--   (#pg_class:16415:2, "column public.hc.doc")
--   (#pg_class:16415:3, "column public.hc.q")
--   (#pg_class:16415:4, "column public.hc.more")
--   (#pg_constraint:16416:0, "constraint hq_q_check on public.hc")
