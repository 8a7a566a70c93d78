-- locks:
--   public.n, ACCESS EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER TABLE public.n DROP CONSTRAINT IF EXISTS n_u_fkey CASCADE;
-- what the migration added
DROP POLICY IF EXISTS np ON public.n CASCADE;
-- what the migration added
DROP VIEW IF EXISTS public.nv CASCADE;
-- what the migration added
DROP FUNCTION IF EXISTS public.f(public.n) CASCADE;
-- what the migration added
ALTER TYPE public.c SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE public.n SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TYPE backout_undone_1.c RENAME TO "16411 c";
-- what the migration added
ALTER TABLE backout_undone_1.n RENAME TO "16413 n";
-- what the migration added
ALTER TABLE backout_undone_1."16413 n" RENAME CONSTRAINT n_pkey TO "16416 n_pkey";
-- what the migration added
ALTER SEQUENCE backout_undone_1.n_id_seq RENAME TO "16412 n_id_seq";

-- moved aside:
--   Moved { id: #pg_type:16411:0, identity: "type public.c", from_schema: "public", to_schema: "backout_undone_1", name: "c", kept_as: "16411 c" }
--   Moved { id: #pg_class:16413:0, identity: "table public.n", from_schema: "public", to_schema: "backout_undone_1", name: "n", kept_as: "16413 n" }

-- may be set aside:
--   Aside { schema: "public", table: "n", column: None, copy_schema: "backout_undone_1", copy: "16413 n", by: Rows, left: None }
