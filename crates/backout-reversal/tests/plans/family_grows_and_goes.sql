-- steps:
-- what the migration added to a table that it dropped
ALTER TABLE backout_archive_1."120834 gp" DROP COLUMN IF EXISTS w CASCADE;
-- table public.gp
ALTER TABLE backout_archive_1."120834 gp" SET SCHEMA public;
-- table public.gk
ALTER TABLE backout_archive_1."120839 gk" SET SCHEMA public;
-- table public.gp
ALTER TABLE public."120834 gp" RENAME TO gp;
-- table public.gk
ALTER TABLE public."120839 gk" RENAME TO gk;
-- constraint gp_pkey on public.gp
ALTER TABLE public.gp RENAME CONSTRAINT "120838 gp_pkey" TO gp_pkey;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.gk.id
--   column public.gk.n
--   column public.gp.id
--   constraint gp_pkey on public.gp
--   index public.gp_pkey
--   table public.gk
--   table public.gp

-- renumbered:
--   (#pg_class:16410:0, "table public.gp")
--   (#pg_class:16410:1, "column public.gp.id")
--   (#pg_class:16411:0, "index public.gp_pkey")
--   (#pg_class:16413:0, "table public.gk")
--   (#pg_class:16413:1, "column public.gk.id")
--   (#pg_class:16413:2, "column public.gk.n")
--   (#pg_constraint:16412:0, "constraint gp_pkey on public.gp")
