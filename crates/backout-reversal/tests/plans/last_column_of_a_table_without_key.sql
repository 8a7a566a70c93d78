-- locks:
--   public.nk, ACCESS EXCLUSIVE

-- steps:
-- column public.nk.b
ALTER TABLE public.nk ADD COLUMN b text;
-- column public.nk.b
UPDATE ONLY public.nk u SET b = w.b FROM (SELECT i.ctid AS backout_at, ROW(i.a)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a)::text) AS backout_place FROM ONLY public.nk i) t LEFT JOIN (SELECT i.*, ROW(i.a)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a)::text) AS backout_place FROM backout_archive_1.rows_56017 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b)::text FROM backout_archive_1.rows_56017 i EXCEPT ALL SELECT ROW(i.a, i.b)::text FROM ONLY public.nk i) d; forced None; otherwise rows of public.nk were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_56017; if none None

-- parts:
--   column public.nk.a
--   column public.nk.b
--   table public.nk

-- renumbered:
--   (#pg_class:16410:2, "column public.nk.b")
