-- locks:
--   public.sp, ACCESS EXCLUSIVE
--   public.sp1, ACCESS EXCLUSIVE

-- steps:
-- column public.sp.a
ALTER TABLE public.sp ADD COLUMN a integer;
-- column public.sp1.a
UPDATE ONLY public.sp1 u SET a = w.a FROM (SELECT i.ctid AS backout_at, ROW(i.id, i.b, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id, i.b, i.c)::text) AS backout_place FROM ONLY public.sp1 i) t LEFT JOIN (SELECT i.*, ROW(i.id, i.b, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id, i.b, i.c)::text) AS backout_place FROM backout_archive_1.rows_47902 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.c, i.id)::text FROM backout_archive_1.rows_47902 i EXCEPT ALL SELECT ROW(i.a, i.b, i.c, i.id)::text FROM ONLY public.sp1 i) d; forced None; otherwise rows of public.sp1 were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_47902; if none None
-- statistics sps on public.sp
CREATE STATISTICS public.sps ON a, b, c FROM public.sp;

-- column order:
--   public.sp
--   public.sp1

-- column order, why:
--   ("public.sp", "it is partitioned")
--   ("public.sp1", "it is partitioned")

-- parts:
--   column public.sp.a
--   column public.sp.b
--   column public.sp.c
--   column public.sp.id
--   column public.sp1.a
--   column public.sp1.b
--   column public.sp1.c
--   column public.sp1.id
--   statistics sps on public.sp
--   table public.sp
--   table public.sp1

-- renumbered:
--   (#pg_class:16410:2, "column public.sp.a")
--   (#pg_class:16411:2, "column public.sp1.a")
--   (#pg_statistic_ext:16412:0, "statistics sps on public.sp")
