-- locks:
--   public.pa, ACCESS EXCLUSIVE
--   public.pa1, ACCESS EXCLUSIVE

-- steps:
-- constraint "107809 pa2_pkey" on backout_archive_1."107804 pa2"
ALTER TABLE backout_archive_1."107804 pa2" DROP CONSTRAINT IF EXISTS "107809 pa2_pkey" CASCADE;
-- table public.pa2
ALTER TABLE backout_archive_1."107804 pa2" SET SCHEMA public;
-- table public.pa2
ALTER TABLE public."107804 pa2" RENAME TO pa2;
-- table public.pa2
ALTER TABLE public.pa2 RENAME TO backout_rebuilt_16418;
-- table public.pa2
CREATE TABLE public.pa2 (at integer NOT NULL, gone text, kept text);
-- table public.pa2
INSERT INTO public.pa2 (at, gone, kept) OVERRIDING SYSTEM VALUE SELECT t.at, coalesce(c2.backout_value, ('p'::text)::text), t.kept FROM ONLY public.backout_rebuilt_16418 t LEFT JOIN backout_archive_1.column_107804_2 c2 ON c2.at = t.at;
-- column public.pa2.gone
ALTER TABLE public.pa2 ALTER COLUMN gone SET NOT NULL;
-- table public.pa2
DROP TABLE public.backout_rebuilt_16418;
-- column public.pa.gone
ALTER TABLE public.pa ADD COLUMN gone text;
-- column public.pa1.gone
UPDATE ONLY public.pa1 t SET gone = c.backout_value FROM backout_archive_1.column_107796_2 c WHERE t.at = c.at;
-- column public.pa.gone
UPDATE public.pa SET gone = 'p'::text WHERE gone IS NULL;
-- column public.pa.gone
ALTER TABLE public.pa ALTER COLUMN gone SET NOT NULL;
-- partition public.pa2
--   may clash: Partition, at once None
ALTER TABLE public.pa ATTACH PARTITION public.pa2 DEFAULT;
-- default public.pa.gone
ALTER TABLE ONLY public.pa ALTER COLUMN gone SET DEFAULT 'p'::text;
-- default public.pa1.gone
ALTER TABLE ONLY public.pa1 ALTER COLUMN gone SET DEFAULT 'p'::text;
-- default public.pa2.gone
ALTER TABLE ONLY public.pa2 ALTER COLUMN gone SET DEFAULT 'p'::text;

-- tail:
-- table public.pa2: analyze
ANALYZE public.pa2;

-- column order:
--   public.pa
--   public.pa1

-- column order, why:
--   ("public.pa", "it is partitioned")
--   ("public.pa1", "it is partitioned")

-- rebuilt:
--   public.pa2

-- remade:
--   #pg_class:16418:0 table public.pa2
--   #pg_class:16420:0 index public.pa2_pkey
--   #pg_constraint:16421:0 constraint pa2_pkey on public.pa2

-- parts:
--   column public.pa.at
--   column public.pa.gone
--   column public.pa.kept
--   column public.pa1.at
--   column public.pa1.gone
--   column public.pa1.kept
--   column public.pa2.at
--   column public.pa2.gone
--   column public.pa2.kept
--   constraint pa1_pkey on public.pa1
--   constraint pa2_pkey on public.pa2
--   constraint pa_pkey on public.pa
--   default public.pa.gone
--   default public.pa1.gone
--   default public.pa2.gone
--   index public.pa1_pkey
--   index public.pa2_pkey
--   index public.pa_pkey
--   table public.pa
--   table public.pa1
--   table public.pa2

-- renumbered:
--   (#pg_class:16410:2, "column public.pa.gone")
--   (#pg_class:16414:2, "column public.pa1.gone")
--   (#pg_class:16418:0, "table public.pa2")
--   (#pg_class:16418:1, "column public.pa2.at")
--   (#pg_class:16418:2, "column public.pa2.gone")
--   (#pg_class:16418:3, "column public.pa2.kept")
--   (#pg_class:16420:0, "index public.pa2_pkey")
--   (#pg_attrdef:16411:0, "default public.pa.gone")
--   (#pg_attrdef:16415:0, "default public.pa1.gone")
--   (#pg_attrdef:16419:0, "default public.pa2.gone")
--   (#pg_constraint:16421:0, "constraint pa2_pkey on public.pa2")
