-- locks:
--   public.dp, ACCESS EXCLUSIVE

-- steps:
-- constraint doubt on backout_archive_1."24863 dr"
ALTER TABLE backout_archive_1."24863 dr" DROP CONSTRAINT IF EXISTS doubt CASCADE;
-- constraint doubt on backout_archive_1."24856 dq"
ALTER TABLE backout_archive_1."24856 dq" DROP CONSTRAINT IF EXISTS doubt CASCADE;
-- constraint doubt on public.dp
ALTER TABLE public.dp DROP CONSTRAINT IF EXISTS doubt CASCADE;
-- table public.dq
ALTER TABLE backout_archive_1."24856 dq" SET SCHEMA public;
-- table public.dr
ALTER TABLE backout_archive_1."24863 dr" SET SCHEMA public;
-- table public.dq
ALTER TABLE public."24856 dq" RENAME TO dq;
-- table public.dr
ALTER TABLE public."24863 dr" RENAME TO dr;
-- constraint dr_pkey on public.dr
ALTER TABLE public.dr RENAME CONSTRAINT "24869 dr_pkey" TO dr_pkey;
-- table public.dq
ALTER TABLE public.dq INHERIT public.dp;
-- table public.dr
ALTER TABLE public.dr INHERIT public.dp;
-- default public.dq.id
ALTER TABLE ONLY public.dq ALTER COLUMN id SET DEFAULT nextval('public.dp_id_seq'::regclass);
-- default public.dr.id
ALTER TABLE ONLY public.dr ALTER COLUMN id SET DEFAULT nextval('public.dp_id_seq'::regclass);
-- constraint doubt on public.dp
ALTER TABLE public.dp ADD CONSTRAINT doubt CHECK ((n <> 77)) NOT VALID;
-- table public.dq
ALTER TABLE public.dq NO INHERIT backout_archive_1.foster_24844_24856;
-- table public.dq
DROP TABLE backout_archive_1.foster_24844_24856;
-- table public.dr
ALTER TABLE public.dr NO INHERIT backout_archive_1.foster_24844_24863;
-- table public.dr
DROP TABLE backout_archive_1.foster_24844_24863;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- tail:
-- constraint doubt on public.dq: validate, public.dq
ALTER TABLE public.dq VALIDATE CONSTRAINT doubt;
-- constraint doubt on public.dr: validate, public.dr
ALTER TABLE public.dr VALIDATE CONSTRAINT doubt;

-- remade:
--   #pg_constraint:16415:0 constraint doubt on public.dp
--   #pg_constraint:16418:0 constraint doubt on public.dq
--   #pg_constraint:16421:0 constraint doubt on public.dr

-- parts:
--   column public.dp.id
--   column public.dp.n
--   column public.dq.a
--   column public.dq.b
--   column public.dq.id
--   column public.dq.n
--   column public.dr.id
--   column public.dr.n
--   constraint doubt on public.dp
--   constraint doubt on public.dq
--   constraint doubt on public.dr
--   constraint dp_pkey on public.dp
--   constraint dr_pkey on public.dr
--   default public.dp.id
--   default public.dq.id
--   default public.dr.id
--   index public.dp_pkey
--   index public.dr_pkey
--   table public.dp
--   table public.dq
--   table public.dr

-- renumbered:
--   (#pg_class:16416:0, "table public.dq")
--   (#pg_class:16416:1, "column public.dq.id")
--   (#pg_class:16416:2, "column public.dq.n")
--   (#pg_class:16416:3, "column public.dq.a")
--   (#pg_class:16416:4, "column public.dq.b")
--   (#pg_class:16419:0, "table public.dr")
--   (#pg_class:16419:1, "column public.dr.id")
--   (#pg_class:16419:2, "column public.dr.n")
--   (#pg_class:16422:0, "index public.dr_pkey")
--   (#pg_attrdef:16417:0, "default public.dq.id")
--   (#pg_attrdef:16420:0, "default public.dr.id")
--   (#pg_constraint:16415:0, "constraint doubt on public.dp")
--   (#pg_constraint:16418:0, "constraint doubt on public.dq")
--   (#pg_constraint:16421:0, "constraint doubt on public.dr")
--   (#pg_constraint:16423:0, "constraint dr_pkey on public.dr")
