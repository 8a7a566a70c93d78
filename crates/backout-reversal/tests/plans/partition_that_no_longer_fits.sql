-- locks:
--   public.pn1, ACCESS EXCLUSIVE
--   public.po1, ACCESS EXCLUSIVE

-- steps:
-- index public.pn1_e_idx
DROP INDEX IF EXISTS public.pn1_e_idx CASCADE;
-- constraint pn1_pkey on public.pn1
ALTER TABLE public.pn1 DROP CONSTRAINT IF EXISTS pn1_pkey CASCADE;
-- partition public.po1
--   may clash: Partition, at once None
ALTER TABLE public.po ATTACH PARTITION public.po1 FOR VALUES FROM (0) TO (10);
-- table public.pn1
ALTER TABLE public.pn1 RENAME TO backout_rebuilt_16413;
-- table public.pn1
CREATE TABLE public.pn1 (id integer NOT NULL, d integer, e text);
-- table public.pn1
INSERT INTO public.pn1 (id, d, e) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.e FROM ONLY public.backout_rebuilt_16413 t LEFT JOIN backout_archive_1.column_23577_2 c2 ON c2.id = t.id;
-- column public.pn1.d
--   if all rows of public.pn1 have a value of d
ALTER TABLE public.pn1 ALTER COLUMN d SET NOT NULL;
-- table public.pn1
DROP TABLE public.backout_rebuilt_16413;
-- index public.pn1_e_idx
CREATE INDEX pn1_e_idx ON public.pn1 USING btree (e);
-- partition public.pn1
--   may clash: Partition, at once None
ALTER TABLE public.pn ATTACH PARTITION public.pn1 FOR VALUES FROM (0) TO (10);
-- partition public.pn1
ALTER INDEX public.pn_e_idx ATTACH PARTITION public.pn1_e_idx;

-- tail:
-- table public.pn1: analyze
ANALYZE public.pn1;

-- rebuilt:
--   public.pn1

-- remade:
--   #pg_class:16413:0 table public.pn1
--   #pg_class:16414:0 index public.pn1_pkey
--   #pg_class:16420:0 index public.pn1_e_idx
--   #pg_constraint:16415:0 constraint pn1_pkey on public.pn1

-- parts:
--   column public.pn1.d
--   column public.pn1.e
--   column public.pn1.id
--   column public.po1.id
--   constraint pn1_pkey on public.pn1
--   index public.pn1_e_idx
--   index public.pn1_pkey
--   table public.pn1
--   table public.po1

-- renumbered:
--   (#pg_class:16413:0, "table public.pn1")
--   (#pg_class:16413:1, "column public.pn1.id")
--   (#pg_class:16413:2, "column public.pn1.d")
--   (#pg_class:16413:3, "column public.pn1.e")
--   (#pg_class:16414:0, "index public.pn1_pkey")
--   (#pg_class:16420:0, "index public.pn1_e_idx")
--   (#pg_class:16423:0, "table public.po1")
--   (#pg_class:16423:1, "column public.po1.id")
--   (#pg_constraint:16415:0, "constraint pn1_pkey on public.pn1")

-- needs values:
--   NeedsValues { table: "public.pn1", column: "d", heirs: ["public.pn1"], forced: false }
