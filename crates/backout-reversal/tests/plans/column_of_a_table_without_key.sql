-- locks:
--   public.nk, ACCESS EXCLUSIVE

-- steps:
-- column public.nk.a
ALTER TABLE public.nk RENAME COLUMN aa TO a;
-- table public.nk
ALTER TABLE public.nk RENAME TO backout_rebuilt_16410;
-- table public.nk
CREATE TABLE public.nk (a integer, b text, c text, d public.mood);
-- table public.nk
INSERT INTO public.nk (a, b, c, d) OVERRIDING SYSTEM VALUE SELECT t.a, w.b, t.c, w.d FROM (SELECT i.*, ROW(i.a, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.c)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.a, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.c)::text) AS backout_place FROM backout_archive_1.rows_55561 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.nk
DROP TABLE public.backout_rebuilt_16410;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.c, i.d)::text FROM backout_archive_1.rows_55561 i EXCEPT ALL SELECT ROW(i.a, i.c, i.d)::text FROM ONLY public.nk i) d; forced None; otherwise rows of public.nk were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_55561; if none None

-- tail:
-- table public.nk: analyze
ANALYZE public.nk;

-- rebuilt:
--   public.nk

-- remade:
--   #pg_class:16410:0 table public.nk

-- parts:
--   column public.nk.a
--   column public.nk.b
--   column public.nk.c
--   column public.nk.d
--   table public.nk

-- renumbered:
--   (#pg_class:16410:0, "table public.nk")
--   (#pg_class:16410:1, "column public.nk.a")
--   (#pg_class:16410:2, "column public.nk.b")
--   (#pg_class:16410:3, "column public.nk.c")
--   (#pg_class:16410:4, "column public.nk.d")
