-- locks:
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.users."user"
CREATE TABLE backout_undone_1.column_16387_5 (id integer, backout_value integer, PRIMARY KEY (id));

-- steps:
-- column public.users."user"
INSERT INTO backout_undone_1.column_16387_5 (id, backout_value) SELECT id, "user" FROM public.users WHERE "user" IS NOT NULL;
-- what the migration added
ALTER TABLE public.users DROP COLUMN IF EXISTS "user" CASCADE;
-- table public."we""ird"
ALTER TABLE backout_archive_1."87371 we""ird" SET SCHEMA public;
-- table public."we""ird"
ALTER TABLE public."87371 we""ird" RENAME TO "we""ird";
-- constraint "we""ird_pkey" on public."we""ird"
ALTER TABLE public."we""ird" RENAME CONSTRAINT "87377 we""ird_pkey" TO "we""ird_pkey";
-- index public."in dex"
ALTER INDEX public."87378 in dex" RENAME TO "in dex";

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public."we""ird"."größe, x"
--   column public."we""ird"."select"
--   constraint "we""ird_pkey" on public."we""ird"
--   index public."in dex"
--   index public."we""ird_pkey"
--   table public."we""ird"

-- renumbered:
--   (#pg_class:16410:0, "table public.\"we\"\"ird\"")
--   (#pg_class:16410:1, "column public.\"we\"\"ird\".\"select\"")
--   (#pg_class:16410:2, "column public.\"we\"\"ird\".\"größe, x\"")
--   (#pg_class:16411:0, "index public.\"we\"\"ird_pkey\"")
--   (#pg_class:16413:0, "index public.\"in dex\"")
--   (#pg_constraint:16412:0, "constraint \"we\"\"ird_pkey\" on public.\"we\"\"ird\"")

-- set aside:
--   SetAside { table: "public.users", column: "user", copy: "backout_undone_1.column_16387_5", count: "SELECT count(*) FROM public.users WHERE \"user\" IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("user"), copy_schema: "backout_undone_1", copy: "column_16387_5", by: Key(["id"]), left: None }
