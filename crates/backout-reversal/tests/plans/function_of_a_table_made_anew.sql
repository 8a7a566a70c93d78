-- locks:
--   public.fa, ACCESS EXCLUSIVE

-- steps:
-- table public.fa
ALTER TABLE public.fa RENAME TO backout_rebuilt_16410;
-- table public.fa
CREATE TABLE public.fa (a integer, b text, c integer);
-- table public.fa
INSERT INTO public.fa (a, b, c) OVERRIDING SYSTEM VALUE SELECT t.a, NULL, t.c FROM ONLY public.backout_rebuilt_16410 t;
-- table public.fa
DROP TABLE public.backout_rebuilt_16410;
-- function public.fac()
CREATE OR REPLACE FUNCTION public.fac()
 RETURNS bigint
 LANGUAGE sql
BEGIN ATOMIC
 SELECT count(fa.c) AS count
    FROM public.fa;
END
;

-- tail:
-- table public.fa: analyze
ANALYZE public.fa;

-- rebuilt:
--   public.fa

-- remade:
--   #pg_class:16410:0 table public.fa

-- parts:
--   column public.fa.a
--   column public.fa.b
--   column public.fa.c
--   table public.fa

-- renumbered:
--   (#pg_proc:16411:0, "function public.fac()")
--   (#pg_class:16410:0, "table public.fa")
--   (#pg_class:16410:1, "column public.fa.a")
--   (#pg_class:16410:2, "column public.fa.b")
--   (#pg_class:16410:3, "column public.fa.c")
