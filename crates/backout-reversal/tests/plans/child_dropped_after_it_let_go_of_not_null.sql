-- steps:
-- table public.order_of_old
ALTER TABLE backout_archive_1."16436 order_of_old" SET SCHEMA public;
-- sequence public.order_of_old_id_seq
ALTER SEQUENCE public."16435 order_of_old_id_seq" RENAME TO order_of_old_id_seq;
-- table public.order_of_old
ALTER TABLE public."16436 order_of_old" RENAME TO order_of_old;
-- constraint order_of_old_pkey on public.order_of_old
ALTER TABLE public.order_of_old RENAME CONSTRAINT "16443 order_of_old_pkey" TO order_of_old_pkey;
-- default public.order_of_old.id
ALTER TABLE ONLY public.order_of_old ALTER COLUMN id SET DEFAULT nextval('public.order_of_old_id_seq'::regclass);
-- table public.order_of_old
CREATE TABLE public.backout_apart_16414 AS SELECT a, k, id, word FROM ONLY public.order_of_old WHERE k IS NULL;
-- table public.order_of_old
DELETE FROM ONLY public.order_of_old WHERE k IS NULL;
-- table public.order_of_old
ALTER TABLE ONLY public.order_of_old ALTER COLUMN k SET NOT NULL;
-- table public.order_of_old
ALTER TABLE public.order_of_old INHERIT public.note_of_old;
-- table public.order_of_old
ALTER TABLE ONLY public.order_of_old ALTER COLUMN k DROP NOT NULL;
-- table public.order_of_old
INSERT INTO public.order_of_old (a, k, id, word) OVERRIDING SYSTEM VALUE SELECT a, k, id, word FROM public.backout_apart_16414;
-- table public.order_of_old
DROP TABLE public.backout_apart_16414;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.order_of_old
--   expected: 1 rows, otherwise rows of table public.order_of_old were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.order_of_old t SET k = m.k FROM backout_archive_1.rows_16436_1 m JOIN backout_archive_1.rows_16436_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.k::text IS NOT DISTINCT FROM p.k::text OR t.k::text IS NOT DISTINCT FROM m.k::text);
-- table public.order_of_old
--   only after a shortfall
UPDATE ONLY public.order_of_old t SET k = CASE WHEN t.k::text IS NOT DISTINCT FROM p.k::text THEN m.k ELSE t.k END FROM backout_archive_1.rows_16436_1 m JOIN backout_archive_1.rows_16436_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.k::text IS NOT DISTINCT FROM p.k::text AND m.k::text IS DISTINCT FROM p.k::text));
-- column public.order_of_old.k
--   if all rows of public.order_of_old have a value of k
ALTER TABLE public.order_of_old ALTER COLUMN k SET NOT NULL;
-- table public.order_of_old
ALTER TABLE public.order_of_old NO INHERIT backout_archive_1.foster_16430_16436;
-- table public.order_of_old
DROP TABLE backout_archive_1.foster_16430_16436;

-- parts:
--   column public.order_of_old.a
--   column public.order_of_old.id
--   column public.order_of_old.k
--   column public.order_of_old.word
--   constraint order_of_old_pkey on public.order_of_old
--   default public.order_of_old.id
--   index public.order_of_old_pkey
--   table public.order_of_old

-- renumbered:
--   (#pg_class:16413:0, "sequence public.order_of_old_id_seq")
--   (#pg_class:16414:0, "table public.order_of_old")
--   (#pg_class:16414:1, "column public.order_of_old.a")
--   (#pg_class:16414:2, "column public.order_of_old.k")
--   (#pg_class:16414:3, "column public.order_of_old.id")
--   (#pg_class:16414:4, "column public.order_of_old.word")
--   (#pg_class:16416:0, "index public.order_of_old_pkey")
--   (#pg_attrdef:16415:0, "default public.order_of_old.id")
--   (#pg_constraint:16417:0, "constraint order_of_old_pkey on public.order_of_old")

-- needs values:
--   NeedsValues { table: "public.order_of_old", column: "k", heirs: ["public.order_of_old"], forced: false }
