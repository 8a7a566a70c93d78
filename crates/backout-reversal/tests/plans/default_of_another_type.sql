-- locks:
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.users.nb
CREATE TABLE backout_undone_1.column_16387_5 (id integer, backout_value text, PRIMARY KEY (id));

-- steps:
-- column public.users.nb
INSERT INTO backout_undone_1.column_16387_5 (id, backout_value) SELECT id, nb FROM public.users WHERE nb::text IS DISTINCT FROM ((false)::text)::text;
-- what the migration added
ALTER TABLE public.users DROP COLUMN IF EXISTS nb CASCADE;

-- set aside:
--   SetAside { table: "public.users", column: "nb", copy: "backout_undone_1.column_16387_5", count: "SELECT count(*) FROM public.users WHERE nb::text IS DISTINCT FROM ((false)::text)::text" }

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("nb"), copy_schema: "backout_undone_1", copy: "column_16387_5", by: Key(["id"]), left: None }
