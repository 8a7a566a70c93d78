-- steps:
-- table public.wd
ALTER TABLE backout_archive_1."21880 wd" SET SCHEMA public;
-- table public.wd1
ALTER TABLE backout_archive_1."21883 wd1" SET SCHEMA public;
-- table public.wd
ALTER TABLE public."21880 wd" RENAME TO wd;
-- table public.wd1
ALTER TABLE public."21883 wd1" RENAME TO wd1;
-- column public.wd.z
ALTER TABLE public.wd ADD COLUMN z timestamp with time zone;
-- column public.wd1.z
UPDATE ONLY public.wd1 u SET z = w.z FROM (SELECT i.ctid AS backout_at, ROW(i.part, i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.part, i.w)::text) AS backout_place FROM ONLY public.wd1 i) t LEFT JOIN (SELECT i.*, ROW(i.part, i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.part, i.w)::text) AS backout_place FROM backout_archive_1.rows_21883 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.part, i.w, i.z)::text FROM backout_archive_1.rows_21883 i EXCEPT ALL SELECT ROW(i.part, i.w, i.z)::text FROM ONLY public.wd1 i) d; forced None; otherwise rows of public.wd1 were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_21883; if none None

-- parts:
--   column public.wd.part
--   column public.wd.w
--   column public.wd.z
--   column public.wd1.part
--   column public.wd1.w
--   column public.wd1.z
--   table public.wd
--   table public.wd1

-- renumbered:
--   (#pg_class:16410:0, "table public.wd")
--   (#pg_class:16410:1, "column public.wd.part")
--   (#pg_class:16410:2, "column public.wd.w")
--   (#pg_class:16410:3, "column public.wd.z")
--   (#pg_class:16411:0, "table public.wd1")
--   (#pg_class:16411:1, "column public.wd1.part")
--   (#pg_class:16411:2, "column public.wd1.w")
--   (#pg_class:16411:3, "column public.wd1.z")
