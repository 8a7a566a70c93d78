-- locks:
--   public.pv, ACCESS EXCLUSIVE
--   public.pw, ACCESS EXCLUSIVE

-- steps:
-- column public.pw.c
ALTER TABLE public.pw ADD COLUMN c integer;
-- column public.pv.b
ALTER TABLE public.pv ADD COLUMN b text;
-- column public.pw.c
ALTER TABLE public.pw REPLICA IDENTITY FULL;
-- column public.pw.c
UPDATE ONLY public.pw u SET c = w.c FROM (SELECT i.ctid AS backout_at, ROW(i.a, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.b)::text) AS backout_place FROM ONLY public.pw i) t LEFT JOIN (SELECT i.*, ROW(i.a, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.b)::text) AS backout_place FROM backout_archive_1.rows_126252 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- column public.pw.c
ALTER TABLE public.pw REPLICA IDENTITY DEFAULT;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.c)::text FROM backout_archive_1.rows_126252 i EXCEPT ALL SELECT ROW(i.a, i.b, i.c)::text FROM ONLY public.pw i) d; forced None; otherwise rows of public.pw were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_126252; if none None

-- parts:
--   column public.pv.a
--   column public.pv.b
--   column public.pw.a
--   column public.pw.b
--   column public.pw.c
--   constraint pw_b_key on public.pw
--   index public.pvi
--   index public.pw_b_key
--   table public.pv
--   table public.pw

-- renumbered:
--   (#pg_class:16410:3, "column public.pw.c")
--   (#pg_class:16415:2, "column public.pv.b")
