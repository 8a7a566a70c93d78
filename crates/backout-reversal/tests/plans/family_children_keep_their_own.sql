-- locks:
--   public.fk, ACCESS EXCLUSIVE
--   public.fp, ACCESS EXCLUSIVE

-- steps:
-- column public.fp.gone
ALTER TABLE public.fp ADD COLUMN gone text;
-- column public.fp.st
ALTER TABLE public.fp ADD COLUMN st inet;
-- column public.fk.x
ALTER TABLE public.fk ADD COLUMN x integer;
-- column public.fp.gone
UPDATE ONLY public.fp t SET gone = c.backout_value FROM backout_archive_1.column_115287_2 c WHERE t.id = c.id;
-- column public.fp.st
UPDATE ONLY public.fp t SET st = c.backout_value FROM backout_archive_1.column_115287_3 c WHERE t.id = c.id;
-- column public.fk.x
UPDATE ONLY public.fk u SET x = w.x FROM (SELECT i.ctid AS backout_at, ROW(i.id, i.gone, i.st, i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id, i.gone, i.st, i.w)::text) AS backout_place FROM ONLY public.fk i) t LEFT JOIN (SELECT i.*, ROW(i.id, i.gone, i.st, i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id, i.gone, i.st, i.w)::text) AS backout_place FROM backout_archive_1.rows_115295 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.gone, i.id, i.st, i.w, i.x)::text FROM backout_archive_1.rows_115295 i EXCEPT ALL SELECT ROW(i.gone, i.id, i.st, i.w, i.x)::text FROM ONLY public.fk i) d; forced None; otherwise rows of public.fk were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_115295; if none None
-- column public.fp.st
ALTER TABLE ONLY public.fp ALTER COLUMN st SET STATISTICS 99;

-- column order:
--   public.fp

-- column order, why:
--   ("public.fp", "others inherit from it")

-- parts:
--   column public.fk.gone
--   column public.fk.id
--   column public.fk.st
--   column public.fk.w
--   column public.fk.x
--   column public.fp.gone
--   column public.fp.id
--   column public.fp.st
--   column public.fp.w
--   constraint fp_pkey on public.fp
--   default public.fp.id
--   index public.fp_pkey
--   table public.fk
--   table public.fp

-- renumbered:
--   (#pg_class:16411:2, "column public.fp.gone")
--   (#pg_class:16411:3, "column public.fp.st")
--   (#pg_class:16415:2, "column public.fk.gone")
--   (#pg_class:16415:3, "column public.fk.st")
--   (#pg_class:16415:5, "column public.fk.x")
