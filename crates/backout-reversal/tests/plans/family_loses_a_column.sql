-- locks:
--   public.kid, ACCESS EXCLUSIVE
--   public.par, ACCESS EXCLUSIVE

-- steps:
-- column public.par.b
ALTER TABLE public.par ADD COLUMN b text;
-- table public.kid
ALTER TABLE public.kid RENAME TO backout_rebuilt_16413;
-- table public.kid
CREATE TABLE public.kid (c integer) INHERITS (public.par);
-- table public.kid
INSERT INTO public.kid (a, b, c) OVERRIDING SYSTEM VALUE SELECT t.a, w.b, t.c FROM (SELECT i.*, ROW(i.a, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.c)::text) AS backout_place FROM ONLY public.backout_rebuilt_16413 i) t LEFT JOIN (SELECT i.*, ROW(i.a, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.c)::text) AS backout_place FROM backout_archive_1.rows_63157 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.kid
DROP TABLE public.backout_rebuilt_16413;
-- column public.par.b
UPDATE ONLY public.par t SET b = c.backout_value FROM backout_archive_1.column_63145_2 c WHERE t.a = c.a;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.c)::text FROM backout_archive_1.rows_63157 i EXCEPT ALL SELECT ROW(i.a, i.b, i.c)::text FROM ONLY public.kid i) d; forced None; otherwise rows of public.kid were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_63157; if none None

-- tail:
-- table public.kid: analyze
ANALYZE public.kid;

-- rebuilt:
--   public.kid

-- remade:
--   #pg_class:16413:0 table public.kid

-- parts:
--   column public.kid.a
--   column public.kid.b
--   column public.kid.c
--   column public.kid2.a
--   column public.kid2.b
--   column public.kid2.d
--   column public.par.a
--   column public.par.b
--   constraint par_pkey on public.par
--   index public.par_pkey
--   table public.kid
--   table public.kid2
--   table public.par

-- renumbered:
--   (#pg_class:16410:2, "column public.par.b")
--   (#pg_class:16413:0, "table public.kid")
--   (#pg_class:16413:1, "column public.kid.a")
--   (#pg_class:16413:2, "column public.kid.b")
--   (#pg_class:16413:3, "column public.kid.c")
--   (#pg_class:16414:2, "column public.kid2.b")
