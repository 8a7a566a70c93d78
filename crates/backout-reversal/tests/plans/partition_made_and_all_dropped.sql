-- steps:
-- table public.px
ALTER TABLE backout_archive_1."129421 px" SET SCHEMA public;
-- table public.px0
ALTER TABLE backout_archive_1."129425 px0" SET SCHEMA public;
-- sequence public.px_id_seq
ALTER SEQUENCE public."129420 px_id_seq" RENAME TO px_id_seq;
-- table public.px
ALTER TABLE public."129421 px" RENAME TO px;
-- table public.px0
ALTER TABLE public."129425 px0" RENAME TO px0;
-- default public.px.id
ALTER TABLE ONLY public.px ALTER COLUMN id SET DEFAULT nextval('public.px_id_seq'::regclass);
-- default public.px0.id
ALTER TABLE ONLY public.px0 ALTER COLUMN id SET DEFAULT nextval('public.px_id_seq'::regclass);

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.px.id
--   column public.px.part
--   column public.px.t
--   column public.px0.id
--   column public.px0.part
--   column public.px0.t
--   default public.px.id
--   default public.px0.id
--   table public.px
--   table public.px0

-- renumbered:
--   (#pg_class:16410:0, "sequence public.px_id_seq")
--   (#pg_class:16411:0, "table public.px")
--   (#pg_class:16411:1, "column public.px.part")
--   (#pg_class:16411:2, "column public.px.id")
--   (#pg_class:16411:3, "column public.px.t")
--   (#pg_class:16413:0, "table public.px0")
--   (#pg_class:16413:1, "column public.px0.part")
--   (#pg_class:16413:2, "column public.px0.id")
--   (#pg_class:16413:3, "column public.px0.t")
--   (#pg_attrdef:16412:0, "default public.px.id")
--   (#pg_attrdef:16414:0, "default public.px0.id")
