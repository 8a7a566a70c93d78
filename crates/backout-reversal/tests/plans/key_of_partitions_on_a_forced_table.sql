-- locks:
--   public.fc, ACCESS EXCLUSIVE

-- steps:
-- table public.fo
ALTER TABLE backout_archive_1."95317 fo" SET SCHEMA public;
-- table public.fo1
ALTER TABLE backout_archive_1."95325 fo1" SET SCHEMA public;
-- table public.fo
ALTER TABLE public."95317 fo" RENAME TO fo;
-- table public.fo1
ALTER TABLE public."95325 fo1" RENAME TO fo1;
-- table public.fc
ALTER TABLE public.fc NO FORCE ROW LEVEL SECURITY;
-- foreign key fo_c_fkey on public.fo
--   may clash: ForeignKey, at once None
ALTER TABLE public.fo ADD CONSTRAINT fo_c_fkey FOREIGN KEY (c) REFERENCES public.fc(id);
-- table public.fc
ALTER TABLE public.fc FORCE ROW LEVEL SECURITY;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.fo.c
--   column public.fo.id
--   column public.fo1.c
--   column public.fo1.id
--   foreign key fo_c_fkey on public.fo
--   foreign key fo_c_fkey on public.fo1
--   table public.fo
--   table public.fo1

-- renumbered:
--   (#pg_class:16413:0, "table public.fo")
--   (#pg_class:16413:1, "column public.fo.id")
--   (#pg_class:16413:2, "column public.fo.c")
--   (#pg_class:16415:0, "table public.fo1")
--   (#pg_class:16415:1, "column public.fo1.id")
--   (#pg_class:16415:2, "column public.fo1.c")
--   (#pg_constraint:16414:0, "foreign key fo_c_fkey on public.fo")
--   (#pg_constraint:16416:0, "foreign key fo_c_fkey on public.fo1")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM backout_archive_1.\"95317 fo\" t WHERE t.c IS NOT NULL AND NOT EXISTS (SELECT FROM public.fc f WHERE f.id = t.c)", keys: None, object: "foreign key fo_c_fkey on public.fo", otherwise: "rows refer to nothing: it stays away" }
