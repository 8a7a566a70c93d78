-- locks:
--   public.pp2, ACCESS EXCLUSIVE
--   public.ppd, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER TABLE ONLY public.pp2 ALTER COLUMN id DROP DEFAULT;
-- what the migration added
ALTER TABLE public.pp2 SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.pp2 RENAME TO "16450 pp2";
-- what the migration added
ALTER TABLE backout_undone_1."16450 pp2" RENAME CONSTRAINT b2 TO "16452 b2";
-- what the migration added
ALTER TABLE backout_undone_1."16450 pp2" RENAME CONSTRAINT own TO "16453 own";
-- what the migration added
ALTER TABLE backout_undone_1."16450 pp2" RENAME CONSTRAINT pp_b_check TO "16454 pp_b_check";
-- what the migration added
ALTER TABLE backout_undone_1."16450 pp2" RENAME CONSTRAINT anew_pkey TO "16456 anew_pkey";
-- what the migration added
ALTER TABLE backout_undone_1."16450 pp2" RENAME CONSTRAINT anew_a_b_key TO "16458 anew_a_b_key";
-- table public.pp1
ALTER TABLE backout_archive_1."152964 pp1" SET SCHEMA public;
-- table public.pp2
ALTER TABLE backout_archive_1."152979 pp2" SET SCHEMA public;
-- table public.pp1
ALTER TABLE public."152964 pp1" RENAME TO pp1;
-- table public.pp2
ALTER TABLE public."152979 pp2" RENAME TO pp2;
-- constraint pp1_pkey on public.pp1
ALTER TABLE public.pp1 RENAME CONSTRAINT "152972 pp1_pkey" TO pp1_pkey;
-- constraint pp1_a_b_key on public.pp1
ALTER TABLE public.pp1 RENAME CONSTRAINT "152975 pp1_a_b_key" TO pp1_a_b_key;
-- constraint pp2_pkey on public.pp2
ALTER TABLE public.pp2 RENAME CONSTRAINT "152986 pp2_pkey" TO pp2_pkey;
-- constraint pp2_a_b_key on public.pp2
ALTER TABLE public.pp2 RENAME CONSTRAINT "152988 pp2_a_b_key" TO pp2_a_b_key;
-- constraint own on public.pp2
ALTER TABLE public.pp2 RENAME CONSTRAINT "152992 own" TO own;
-- partition public.pp1
--   may clash: Partition, at once None
ALTER TABLE public.pp ATTACH PARTITION public.pp1 FOR VALUES IN (1);
-- partition public.pp2
--   may clash: Partition, at once None
ALTER TABLE public.pp ATTACH PARTITION public.pp2 FOR VALUES IN (2);
-- partition public.ppd
--   may clash: Partition, at once None
ALTER TABLE public.pp ATTACH PARTITION public.ppd DEFAULT;
-- default public.pp1.id
ALTER TABLE ONLY public.pp1 ALTER COLUMN id SET DEFAULT nextval('public.pp_id_seq'::regclass);
-- default public.pp2.id
ALTER TABLE ONLY public.pp2 ALTER COLUMN id SET DEFAULT nextval('public.pp_id_seq'::regclass);

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.pp1.a
--   column public.pp1.b
--   column public.pp1.id
--   column public.pp1.u
--   column public.pp2.a
--   column public.pp2.b
--   column public.pp2.id
--   column public.pp2.u
--   column public.ppd.a
--   column public.ppd.b
--   column public.ppd.id
--   column public.ppd.u
--   constraint b2 on public.pp1
--   constraint b2 on public.pp2
--   constraint b2 on public.ppd
--   constraint own on public.pp2
--   constraint pp1_a_b_key on public.pp1
--   constraint pp1_pkey on public.pp1
--   constraint pp2_a_b_key on public.pp2
--   constraint pp2_pkey on public.pp2
--   constraint pp_b_check on public.pp1
--   constraint pp_b_check on public.pp2
--   constraint pp_b_check on public.ppd
--   constraint ppd_a_b_key on public.ppd
--   constraint ppd_pkey on public.ppd
--   default public.pp1.id
--   default public.pp2.id
--   default public.ppd.id
--   foreign key pp_u_fkey on public.pp1
--   foreign key pp_u_fkey on public.pp2
--   foreign key pp_u_fkey on public.ppd
--   index public.pp1_a_b_key
--   index public.pp1_pkey
--   index public.pp2_a_b_key
--   index public.pp2_pkey
--   index public.ppd_a_b_key
--   index public.ppd_pkey
--   table public.pp1
--   table public.pp2
--   table public.ppd

-- renumbered:
--   (#pg_class:16420:0, "table public.pp1")
--   (#pg_class:16420:1, "column public.pp1.a")
--   (#pg_class:16420:2, "column public.pp1.id")
--   (#pg_class:16420:3, "column public.pp1.b")
--   (#pg_class:16420:4, "column public.pp1.u")
--   (#pg_class:16424:0, "index public.pp1_pkey")
--   (#pg_class:16426:0, "index public.pp1_a_b_key")
--   (#pg_class:16429:0, "table public.pp2")
--   (#pg_class:16429:1, "column public.pp2.a")
--   (#pg_class:16429:2, "column public.pp2.id")
--   (#pg_class:16429:3, "column public.pp2.b")
--   (#pg_class:16429:4, "column public.pp2.u")
--   (#pg_class:16433:0, "index public.pp2_pkey")
--   (#pg_class:16435:0, "index public.pp2_a_b_key")
--   (#pg_class:16439:0, "table public.ppd")
--   (#pg_class:16439:1, "column public.ppd.a")
--   (#pg_class:16439:2, "column public.ppd.id")
--   (#pg_class:16439:3, "column public.ppd.b")
--   (#pg_class:16439:4, "column public.ppd.u")
--   (#pg_class:16443:0, "index public.ppd_pkey")
--   (#pg_class:16445:0, "index public.ppd_a_b_key")
--   (#pg_attrdef:16421:0, "default public.pp1.id")
--   (#pg_attrdef:16430:0, "default public.pp2.id")
--   (#pg_constraint:16422:0, "constraint b2 on public.pp1")
--   (#pg_constraint:16423:0, "constraint pp_b_check on public.pp1")
--   (#pg_constraint:16425:0, "constraint pp1_pkey on public.pp1")
--   (#pg_constraint:16427:0, "constraint pp1_a_b_key on public.pp1")
--   (#pg_constraint:16428:0, "foreign key pp_u_fkey on public.pp1")
--   (#pg_constraint:16431:0, "constraint b2 on public.pp2")
--   (#pg_constraint:16432:0, "constraint pp_b_check on public.pp2")
--   (#pg_constraint:16434:0, "constraint pp2_pkey on public.pp2")
--   (#pg_constraint:16436:0, "constraint pp2_a_b_key on public.pp2")
--   (#pg_constraint:16437:0, "foreign key pp_u_fkey on public.pp2")
--   (#pg_constraint:16438:0, "constraint own on public.pp2")
--   (#pg_constraint:16441:0, "constraint b2 on public.ppd")
--   (#pg_constraint:16442:0, "constraint pp_b_check on public.ppd")
--   (#pg_constraint:16444:0, "constraint ppd_pkey on public.ppd")
--   (#pg_constraint:16446:0, "constraint ppd_a_b_key on public.ppd")
--   (#pg_constraint:16447:0, "foreign key pp_u_fkey on public.ppd")

-- moved aside:
--   Moved { id: #pg_class:16450:0, identity: "table public.pp2", from_schema: "public", to_schema: "backout_undone_1", name: "pp2", kept_as: "16450 pp2" }

-- may be set aside:
--   Aside { schema: "public", table: "pp2", column: None, copy_schema: "backout_undone_1", copy: "16450 pp2", by: Rows, left: None }
