-- locks:
--   public.ck_a, ACCESS EXCLUSIVE

-- steps:
-- table public.ck_b
ALTER TABLE backout_archive_1.foster_138986_138991 DROP CONSTRAINT k;
-- table public.ck_b
ALTER TABLE backout_archive_1.foster_138986_138991 DROP CONSTRAINT l;
-- table public.ck_c
ALTER TABLE backout_archive_1.foster_138991_138996 DROP CONSTRAINT k;
-- what the migration added
ALTER TABLE public.ck_a DROP CONSTRAINT IF EXISTS k CASCADE;
-- what the migration added
ALTER TABLE public.ck_a DROP CONSTRAINT IF EXISTS l CASCADE;
-- table public.ck_b
ALTER TABLE backout_archive_1."138991 ck_b" SET SCHEMA public;
-- table public.ck_c
ALTER TABLE backout_archive_1."138996 ck_c" SET SCHEMA public;
-- table public.ck_b
ALTER TABLE public."138991 ck_b" RENAME TO ck_b;
-- table public.ck_c
ALTER TABLE public."138996 ck_c" RENAME TO ck_c;
-- table public.ck_b
ALTER TABLE public.ck_b INHERIT public.ck_a;
-- table public.ck_c
ALTER TABLE public.ck_c INHERIT public.ck_b;
-- table public.ck_b
ALTER TABLE public.ck_b NO INHERIT backout_archive_1.foster_138986_138991;
-- table public.ck_b
DROP TABLE backout_archive_1.foster_138986_138991;
-- table public.ck_c
ALTER TABLE public.ck_c NO INHERIT backout_archive_1.foster_138991_138996;
-- table public.ck_c
DROP TABLE backout_archive_1.foster_138991_138996;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.ck_b.id
--   column public.ck_b.w
--   column public.ck_b.x
--   column public.ck_c.id
--   column public.ck_c.w
--   column public.ck_c.x
--   column public.ck_c.y
--   table public.ck_b
--   table public.ck_c

-- renumbered:
--   (#pg_class:16411:0, "table public.ck_b")
--   (#pg_class:16411:1, "column public.ck_b.id")
--   (#pg_class:16411:2, "column public.ck_b.w")
--   (#pg_class:16411:3, "column public.ck_b.x")
--   (#pg_class:16412:0, "table public.ck_c")
--   (#pg_class:16412:1, "column public.ck_c.id")
--   (#pg_class:16412:2, "column public.ck_c.w")
--   (#pg_class:16412:3, "column public.ck_c.x")
--   (#pg_class:16412:4, "column public.ck_c.y")
