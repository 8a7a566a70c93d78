-- locks:
--   public.par, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.par.o
CREATE TABLE backout_undone_1.column_16410_4 (a integer, backout_value integer, PRIMARY KEY (a));

-- steps:
-- table public.kid
ALTER TABLE backout_archive_1.foster_133573_133580 DROP COLUMN n;
-- table public.kid
ALTER TABLE backout_archive_1.foster_133573_133580 DROP COLUMN o;
-- column public.par.o
INSERT INTO backout_undone_1.column_16410_4 (a, backout_value) SELECT a, o FROM public.par WHERE o::text IS DISTINCT FROM ((5)::integer)::text;
-- what the migration added
ALTER TABLE public.par DROP COLUMN IF EXISTS o CASCADE;
-- table public.kid
ALTER TABLE backout_archive_1."133580 kid" SET SCHEMA public;
-- table public.kid
ALTER TABLE public."133580 kid" RENAME TO kid;
-- table public.kid
ALTER TABLE public.kid INHERIT public.par;
-- table public.kid
ALTER TABLE public.kid NO INHERIT backout_archive_1.foster_133573_133580;
-- table public.kid
DROP TABLE backout_archive_1.foster_133573_133580;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.kid.a
--   column public.kid.b
--   column public.kid.c
--   table public.kid

-- renumbered:
--   (#pg_class:16413:0, "table public.kid")
--   (#pg_class:16413:1, "column public.kid.a")
--   (#pg_class:16413:2, "column public.kid.b")
--   (#pg_class:16413:3, "column public.kid.c")

-- set aside:
--   SetAside { table: "public.par", column: "o", copy: "backout_undone_1.column_16410_4", count: "SELECT count(*) FROM public.par WHERE o::text IS DISTINCT FROM ((5)::integer)::text" }

-- may be set aside:
--   Aside { schema: "public", table: "par", column: Some("o"), copy_schema: "backout_undone_1", copy: "column_16410_4", by: Key(["a"]), left: None }
