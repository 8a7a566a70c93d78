-- locks:
--   public.tk, ACCESS EXCLUSIVE

-- before the locks:
-- table public.tk
CREATE TABLE backout_archive_1.rows_127332_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.a, s.c FROM (SELECT i.*, ROW(i.a, i.c)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_127332_1 i WINDOW w AS (PARTITION BY ROW(i.a, i.c)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.tk.b
ALTER TABLE public.tk ADD COLUMN b text;
-- column public.tk.c
ALTER TABLE public.tk ADD COLUMN c text;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.tk
--   expected: 3 rows, otherwise rows that the migration took out of table public.tk did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.tk (a, c) OVERRIDING SYSTEM VALUE SELECT m.a, m.c FROM (SELECT i.* FROM backout_archive_1.rows_127332_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- column public.tk.b
UPDATE ONLY public.tk u SET b = w.b FROM (SELECT i.ctid AS backout_at, ROW(i.a, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.c)::text) AS backout_place FROM ONLY public.tk i) t LEFT JOIN (SELECT i.*, ROW(i.a, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.c)::text) AS backout_place FROM backout_archive_1.rows_127332 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.c)::text FROM backout_archive_1.rows_127332 i EXCEPT ALL SELECT ROW(i.a, i.b, i.c)::text FROM ONLY public.tk i) d; forced None; otherwise rows of public.tk were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_127332; if none None

-- parts:
--   column public.tk.a
--   column public.tk.b
--   column public.tk.c
--   table public.tk

-- renumbered:
--   (#pg_class:16410:2, "column public.tk.b")
--   (#pg_class:16410:3, "column public.tk.c")
