-- locks:
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.users.path
CREATE TABLE backout_undone_1.column_16387_5 (id integer, backout_value text, PRIMARY KEY (id));

-- steps:
-- column public.users.path
INSERT INTO backout_undone_1.column_16387_5 (id, backout_value) SELECT id, path::text FROM public.users WHERE path IS NOT NULL;
-- what the migration added
DROP INDEX IF EXISTS public.users_trgm CASCADE;
-- what the migration added
ALTER TABLE public.users DROP COLUMN IF EXISTS path CASCADE;
-- what the migration added
DROP EXTENSION IF EXISTS pg_trgm CASCADE;
-- what the migration added
DROP EXTENSION IF EXISTS ltree CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;

-- set aside:
--   SetAside { table: "public.users", column: "path", copy: "backout_undone_1.column_16387_5", count: "SELECT count(*) FROM public.users WHERE path IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("path"), copy_schema: "backout_undone_1", copy: "column_16387_5", by: Key(["id"]), left: None }
