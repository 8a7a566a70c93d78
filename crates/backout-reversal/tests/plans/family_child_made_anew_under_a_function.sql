-- locks:
--   public.fq, ACCESS EXCLUSIVE

-- steps:
-- function public.all_fq()
DROP FUNCTION IF EXISTS public.all_fq() CASCADE;
-- table public.fq
ALTER TABLE public.fq RENAME TO backout_rebuilt_16413;
-- table public.fq
CREATE TABLE public.fq (gone integer, z integer) INHERITS (public.fo);
-- table public.fq
INSERT INTO public.fq (id, w, gone, z) OVERRIDING SYSTEM VALUE SELECT t.id, t.w, w.gone, t.z FROM (SELECT i.*, ROW(i.id, i.w, i.z)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id, i.w, i.z)::text) AS backout_place FROM ONLY public.backout_rebuilt_16413 i) t LEFT JOIN (SELECT i.*, ROW(i.id, i.w, i.z)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id, i.w, i.z)::text) AS backout_place FROM backout_archive_1.rows_115726 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.fq
DROP TABLE public.backout_rebuilt_16413;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.gone, i.id, i.w, i.z)::text FROM backout_archive_1.rows_115726 i EXCEPT ALL SELECT ROW(i.gone, i.id, i.w, i.z)::text FROM ONLY public.fq i) d; forced None; otherwise rows of public.fq were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_115726; if none None
-- function public.all_fq()
CREATE OR REPLACE FUNCTION public.all_fq()
 RETURNS SETOF public.fq
 LANGUAGE sql
 STABLE
AS $function$ SELECT * FROM fq $function$
;

-- tail:
-- table public.fq: analyze
ANALYZE public.fq;

-- rebuilt:
--   public.fq

-- remade:
--   #pg_proc:16414:0 function public.all_fq()
--   #pg_class:16413:0 table public.fq

-- parts:
--   column public.fq.gone
--   column public.fq.id
--   column public.fq.w
--   column public.fq.z
--   table public.fq

-- renumbered:
--   (#pg_proc:16414:0, "function public.all_fq()")
--   (#pg_class:16413:0, "table public.fq")
--   (#pg_class:16413:1, "column public.fq.id")
--   (#pg_class:16413:2, "column public.fq.w")
--   (#pg_class:16413:3, "column public.fq.gone")
--   (#pg_class:16413:4, "column public.fq.z")
