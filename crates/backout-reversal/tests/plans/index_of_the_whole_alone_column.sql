-- locks:
--   public.io, ACCESS EXCLUSIVE
--   public.io0, ACCESS EXCLUSIVE

-- steps:
-- index public.io_at
DROP INDEX IF EXISTS public.io_at CASCADE;
-- table public.io0
ALTER TABLE public.io0 RENAME TO backout_rebuilt_16411;
-- table public.io0
CREATE TABLE public.io0 (at date, h text);
-- table public.io0
INSERT INTO public.io0 (at, h) OVERRIDING SYSTEM VALUE SELECT w.at, t.h FROM (SELECT i.*, ROW(i.h)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.h)::text) AS backout_place FROM ONLY public.backout_rebuilt_16411 i) t LEFT JOIN (SELECT i.*, ROW(i.h)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.h)::text) AS backout_place FROM backout_archive_1.rows_94640 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.io0
DROP TABLE public.backout_rebuilt_16411;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.at, i.h)::text FROM backout_archive_1.rows_94640 i EXCEPT ALL SELECT ROW(i.at, i.h)::text FROM ONLY public.io0 i) d; forced None; otherwise rows of public.io0 were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_94640; if none None
-- partition public.io0
--   may clash: Partition, at once None
ALTER TABLE public.io ATTACH PARTITION public.io0 FOR VALUES WITH (modulus 2, remainder 0);
-- index public.io_at
CREATE INDEX io_at ON ONLY public.io USING btree (at);
-- index public.io_at
COMMENT ON INDEX public.io_at IS 'alone';

-- tail:
-- table public.io0: analyze
ANALYZE public.io0;

-- rebuilt:
--   public.io0

-- remade:
--   #pg_class:16411:0 table public.io0
--   #pg_class:16413:0 index public.io_at

-- parts:
--   column public.io.at
--   column public.io.h
--   column public.io0.at
--   column public.io0.h
--   index public.io_at
--   table public.io
--   table public.io0

-- renumbered:
--   (#pg_class:16411:0, "table public.io0")
--   (#pg_class:16411:1, "column public.io0.at")
--   (#pg_class:16411:2, "column public.io0.h")
--   (#pg_class:16413:0, "index public.io_at")
