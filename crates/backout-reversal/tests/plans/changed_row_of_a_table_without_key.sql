-- locks:
--   public.nk, ACCESS EXCLUSIVE

-- steps:
-- table public.nk
ALTER TABLE public.nk RENAME TO backout_rebuilt_16410;
-- table public.nk
CREATE TABLE public.nk (b text, a integer);
-- table public.nk
INSERT INTO public.nk (b, a) OVERRIDING SYSTEM VALUE SELECT w.b, t.a FROM (SELECT i.*, ROW(i.a)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.a)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a)::text) AS backout_place FROM backout_archive_1.rows_56593 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.nk
DROP TABLE public.backout_rebuilt_16410;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b)::text FROM backout_archive_1.rows_56593 i EXCEPT ALL SELECT ROW(i.a, i.b)::text FROM ONLY public.nk i) d; forced None; otherwise rows of public.nk were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_56593; if none None

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
--   table public.nk

-- renumbered:
--   (#pg_class:16410:0, "table public.nk")
--   (#pg_class:16410:1, "column public.nk.b")
--   (#pg_class:16410:2, "column public.nk.a")
