-- locks:
--   public.ng, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER FUNCTION public.nff(public.nf) SET SCHEMA backout_undone_1;
-- what the migration added
ALTER FUNCTION backout_undone_1.nff(public.nf) RENAME TO "16412 nff";
-- what the migration added
ALTER TYPE public.nf SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE public.ng SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TYPE backout_undone_1.nf RENAME TO "16411 nf";
-- what the migration added
ALTER TABLE backout_undone_1.ng RENAME TO "16413 ng";
-- what the migration added
ALTER INDEX backout_undone_1.ng_nff_idx RENAME TO "16417 ng_nff_idx";
-- what the migration added
ALTER TABLE backout_undone_1."16413 ng" RENAME CONSTRAINT ng_c_check TO "16414 ng_c_check";
-- what the migration added
ALTER TABLE backout_undone_1."16413 ng" RENAME CONSTRAINT ng_pkey TO "16416 ng_pkey";

-- moved aside:
--   Moved { id: #pg_proc:16412:0, identity: "function public.nff(public.nf)", from_schema: "public", to_schema: "backout_undone_1", name: "nff", kept_as: "16412 nff" }
--   Moved { id: #pg_type:16411:0, identity: "type public.nf", from_schema: "public", to_schema: "backout_undone_1", name: "nf", kept_as: "16411 nf" }
--   Moved { id: #pg_class:16413:0, identity: "table public.ng", from_schema: "public", to_schema: "backout_undone_1", name: "ng", kept_as: "16413 ng" }

-- may be set aside:
--   Aside { schema: "public", table: "ng", column: None, copy_schema: "backout_undone_1", copy: "16413 ng", by: Rows, left: None }
