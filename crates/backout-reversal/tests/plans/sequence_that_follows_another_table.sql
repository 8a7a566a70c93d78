-- locks:
--   public.sn, ACCESS EXCLUSIVE
--   sq.sm, ACCESS EXCLUSIVE
--   sq.so, ACCESS EXCLUSIVE
--   sq.sp0, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- sequence sq.sm_id_seq
ALTER SEQUENCE sq.sm_id_seq OWNED BY NONE;
-- what the migration added
ALTER TABLE ONLY sq.sm ALTER COLUMN id DROP DEFAULT;
-- what the migration added
ALTER TABLE ONLY sq.sp0 ALTER COLUMN id DROP DEFAULT;
-- what the migration added
ALTER TABLE sq.sm SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE sq.sp0 SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.sm RENAME TO "16422 sm";
-- what the migration added
ALTER TABLE backout_undone_1."16422 sm" RENAME CONSTRAINT sm_pkey TO "16427 sm_pkey";
-- what the migration added
ALTER TABLE backout_undone_1.sp0 RENAME TO "16424 sp0";
-- what the migration added
ALTER TABLE backout_undone_1."16424 sp0" RENAME CONSTRAINT sp0_pkey TO "16429 sp0_pkey";
-- sequence public.sm_id_seq
ALTER SEQUENCE sq.sm_id_seq SET SCHEMA public;
-- sequence public.sn_id_seq
ALTER SEQUENCE sq.sn_id_seq OWNED BY NONE;
-- sequence public.sn_id_seq
ALTER SEQUENCE sq.sn_id_seq SET SCHEMA public;
-- table public.sm
ALTER TABLE backout_archive_1."143924 sm" SET SCHEMA public;
-- table public.so
ALTER TABLE sq.so SET SCHEMA public;
-- table public.sm
ALTER TABLE public."143924 sm" RENAME TO sm;
-- constraint sm_pkey on public.sm
ALTER TABLE public.sm RENAME CONSTRAINT "143929 sm_pkey" TO sm_pkey;
-- sequence public.sm_id_seq
ALTER SEQUENCE public.sm_id_seq OWNED BY public.sm.id;
-- sequence public.sn_id_seq
ALTER SEQUENCE public.sn_id_seq OWNED BY public.sn.id;
-- default public.sn.id
ALTER TABLE ONLY public.sn ALTER COLUMN id SET DEFAULT nextval('public.sn_id_seq'::regclass);
-- default public.sm.id
ALTER TABLE ONLY public.sm ALTER COLUMN id SET DEFAULT nextval('public.sm_id_seq'::regclass);

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.sm.d
--   column public.sm.id
--   column public.sn.e
--   column public.sn.id
--   column public.so.id
--   constraint sm_pkey on public.sm
--   default public.sm.id
--   default public.sn.id
--   index public.sm_pkey
--   table public.sm
--   table public.sn
--   table public.so

-- renumbered:
--   (#pg_class:16411:0, "sequence public.sm_id_seq")
--   (#pg_class:16412:0, "table public.sm")
--   (#pg_class:16412:1, "column public.sm.id")
--   (#pg_class:16412:2, "column public.sm.d")
--   (#pg_class:16414:0, "index public.sm_pkey")
--   (#pg_class:16416:0, "sequence public.sn_id_seq")
--   (#pg_class:16419:0, "table public.so")
--   (#pg_attrdef:16413:0, "default public.sm.id")
--   (#pg_attrdef:16418:0, "default public.sn.id")
--   (#pg_constraint:16415:0, "constraint sm_pkey on public.sm")

-- moved aside:
--   Moved { id: #pg_class:16422:0, identity: "table sq.sm", from_schema: "sq", to_schema: "backout_undone_1", name: "sm", kept_as: "16422 sm" }
--   Moved { id: #pg_class:16424:0, identity: "table sq.sp0", from_schema: "sq", to_schema: "backout_undone_1", name: "sp0", kept_as: "16424 sp0" }

-- may be set aside:
--   Aside { schema: "sq", table: "sm", column: None, copy_schema: "backout_undone_1", copy: "16422 sm", by: Rows, left: None }
