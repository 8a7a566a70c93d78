-- locks:
--   public.old, ACCESS EXCLUSIVE

-- steps:
-- constraint doubted on backout_archive_1."130450 young"
ALTER TABLE backout_archive_1."130450 young" DROP CONSTRAINT IF EXISTS doubted CASCADE;
-- constraint doubted on public.old
ALTER TABLE public.old DROP CONSTRAINT IF EXISTS doubted CASCADE;
-- table public.young
ALTER TABLE backout_archive_1."130450 young" SET SCHEMA public;
-- table public.young
ALTER TABLE public."130450 young" RENAME TO young;
-- constraint young_pkey on public.young
ALTER TABLE public.young RENAME CONSTRAINT "130459 young_pkey" TO young_pkey;
-- table public.young
ALTER TABLE public.young INHERIT public.old;
-- default public.young.id
ALTER TABLE ONLY public.young ALTER COLUMN id SET DEFAULT nextval('public.old_id_seq'::regclass);
-- constraint doubted on public.old
ALTER TABLE public.old ADD CONSTRAINT doubted CHECK ((n > 3)) NOT VALID;
-- table public.young
ALTER TABLE public.young NO INHERIT backout_archive_1.foster_130417_130450;
-- table public.young
DROP TABLE backout_archive_1.foster_130417_130450;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- remade:
--   #pg_constraint:16419:0 constraint doubted on public.old
--   #pg_constraint:16420:0 constraint doubted on public.young

-- parts:
--   column public.old.id
--   column public.old.n
--   column public.young.a
--   column public.young.b
--   column public.young.id
--   column public.young.k
--   column public.young.n
--   constraint doubted on public.old
--   constraint doubted on public.young
--   constraint old_pkey on public.old
--   constraint young_pkey on public.young
--   default public.old.id
--   default public.young.id
--   index public.old_pkey
--   index public.young_pkey
--   table public.old
--   table public.young

-- renumbered:
--   (#pg_class:16415:0, "table public.young")
--   (#pg_class:16415:1, "column public.young.id")
--   (#pg_class:16415:2, "column public.young.n")
--   (#pg_class:16415:3, "column public.young.a")
--   (#pg_class:16415:4, "column public.young.k")
--   (#pg_class:16415:5, "column public.young.b")
--   (#pg_class:16417:0, "index public.young_pkey")
--   (#pg_attrdef:16416:0, "default public.young.id")
--   (#pg_constraint:16418:0, "constraint young_pkey on public.young")
--   (#pg_constraint:16419:0, "constraint doubted on public.old")
--   (#pg_constraint:16420:0, "constraint doubted on public.young")
