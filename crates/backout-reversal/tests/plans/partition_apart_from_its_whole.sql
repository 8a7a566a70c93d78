-- locks:
--   public.pw, ACCESS EXCLUSIVE
--   public.px, ACCESS EXCLUSIVE

-- steps:
-- index backout_archive_1."139365 px1_item_part_idx"
DROP INDEX IF EXISTS backout_archive_1."139365 px1_item_part_idx" CASCADE;
-- constraint "139369 px1_pkey" on backout_archive_1."139358 px1"
ALTER TABLE backout_archive_1."139358 px1" DROP CONSTRAINT IF EXISTS "139369 px1_pkey" CASCADE;
-- table public.pw1
ALTER TABLE backout_archive_1."139348 pw1" SET SCHEMA public;
-- table public.px1
ALTER TABLE backout_archive_1."139358 px1" SET SCHEMA public;
-- table public.pw1
ALTER TABLE public."139348 pw1" RENAME TO pw1;
-- table public.px1
ALTER TABLE public."139358 px1" RENAME TO px1;
-- index public.pw1_part_idx
ALTER INDEX public."139354 pw1_part_idx" RENAME TO pw1_part_idx;
-- table public.px1
ALTER TABLE public.px1 RENAME TO backout_rebuilt_16417;
-- table public.px1
CREATE TABLE public.px1 (part integer NOT NULL, lost character varying(20), item text);
-- table public.px1
INSERT INTO public.px1 (part, lost, item) OVERRIDING SYSTEM VALUE SELECT t.part, c2.backout_value, t.item FROM ONLY public.backout_rebuilt_16417 t LEFT JOIN backout_archive_1.column_139358_2 c2 ON c2.part = t.part;
-- table public.px1
DROP TABLE public.backout_rebuilt_16417;
-- column public.pw.lost
ALTER TABLE public.pw ADD COLUMN lost integer;
-- column public.px.lost
ALTER TABLE public.px ADD COLUMN lost character varying(20);
-- column public.pw1.lost
ALTER TABLE public.pw1 ADD COLUMN lost integer;
-- column public.pw1.lost
UPDATE ONLY public.pw1 u SET lost = w.lost FROM (SELECT i.ctid AS backout_at, ROW(i.item, i.part)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.item, i.part)::text) AS backout_place FROM ONLY public.pw1 i) t LEFT JOIN (SELECT i.*, ROW(i.item, i.part)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.item, i.part)::text) AS backout_place FROM backout_archive_1.rows_139348 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.item, i.lost, i.part)::text FROM backout_archive_1.rows_139348 i EXCEPT ALL SELECT ROW(i.item, i.lost, i.part)::text FROM ONLY public.pw1 i) d; forced None; otherwise rows of public.pw1 were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_139348; if none None
-- partition public.pw1
--   may clash: Partition, at once None
ALTER TABLE public.pw ATTACH PARTITION public.pw1 FOR VALUES IN (1);
-- index public.px1_item_part_idx
CREATE INDEX px1_item_part_idx ON public.px1 USING btree (item, part) WHERE (item > 'a'::text);
-- partition public.px1
--   may clash: Partition, at once None
ALTER TABLE public.px ATTACH PARTITION public.px1 DEFAULT;
-- partition public.px1
ALTER INDEX public.pxi ATTACH PARTITION public.px1_item_part_idx;
-- default public.px1.item
ALTER TABLE ONLY public.px1 ALTER COLUMN item SET DEFAULT 'x'::text;
-- index public.pwi
CREATE INDEX pwi ON ONLY public.pw USING btree (item, part) WHERE (lost > 0);
-- index public.pw1_item_part_idx
CREATE INDEX pw1_item_part_idx ON public.pw1 USING btree (item, part) WHERE (lost > 0);
-- index public.pw1_item_part_idx
ALTER INDEX public.pwi ATTACH PARTITION public.pw1_item_part_idx;

-- tail:
-- table public.px1: analyze
ANALYZE public.px1;

-- column order:
--   public.px

-- column order, why:
--   ("public.px", "it is partitioned")

-- rebuilt:
--   public.px1

-- remade:
--   #pg_class:16417:0 table public.px1
--   #pg_class:16420:0 index public.px1_item_part_idx
--   #pg_class:16423:0 index public.px1_pkey
--   #pg_attrdef:16418:0 default public.px1.item
--   #pg_constraint:16424:0 constraint px1_pkey on public.px1

-- parts:
--   column public.pw.item
--   column public.pw.lost
--   column public.pw.part
--   column public.pw1.item
--   column public.pw1.lost
--   column public.pw1.part
--   column public.px.item
--   column public.px.lost
--   column public.px.part
--   column public.px1.item
--   column public.px1.lost
--   column public.px1.part
--   constraint px1_pkey on public.px1
--   constraint px_pkey on public.px
--   default public.px1.item
--   index public.pw1_item_part_idx
--   index public.pw1_part_idx
--   index public.pwi
--   index public.pwj
--   index public.px1_item_part_idx
--   index public.px1_pkey
--   index public.px_pkey
--   index public.pxi
--   table public.pw
--   table public.pw1
--   table public.px
--   table public.px1

-- renumbered:
--   (#pg_class:16410:3, "column public.pw.lost")
--   (#pg_class:16411:0, "table public.pw1")
--   (#pg_class:16411:1, "column public.pw1.item")
--   (#pg_class:16411:2, "column public.pw1.part")
--   (#pg_class:16411:3, "column public.pw1.lost")
--   (#pg_class:16412:0, "index public.pwi")
--   (#pg_class:16413:0, "index public.pw1_item_part_idx")
--   (#pg_class:16415:0, "index public.pw1_part_idx")
--   (#pg_class:16416:2, "column public.px.lost")
--   (#pg_class:16417:0, "table public.px1")
--   (#pg_class:16417:1, "column public.px1.part")
--   (#pg_class:16417:2, "column public.px1.lost")
--   (#pg_class:16417:3, "column public.px1.item")
--   (#pg_class:16420:0, "index public.px1_item_part_idx")
--   (#pg_class:16423:0, "index public.px1_pkey")
--   (#pg_attrdef:16418:0, "default public.px1.item")
--   (#pg_constraint:16424:0, "constraint px1_pkey on public.px1")
