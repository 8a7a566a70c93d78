-- locks:
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.users.plan
CREATE TABLE backout_undone_1.column_16387_5 (id integer, backout_value text, PRIMARY KEY (id));

-- steps:
-- column public.users.plan
INSERT INTO backout_undone_1.column_16387_5 (id, backout_value) SELECT id, plan FROM public.users WHERE plan::text IS DISTINCT FROM (('free'::text)::text)::text;
-- what the migration added
ALTER TABLE public.users DROP COLUMN IF EXISTS plan CASCADE;

-- set aside:
--   SetAside { table: "public.users", column: "plan", copy: "backout_undone_1.column_16387_5", count: "SELECT count(*) FROM public.users WHERE plan::text IS DISTINCT FROM (('free'::text)::text)::text" }

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("plan"), copy_schema: "backout_undone_1", copy: "column_16387_5", by: Key(["id"]), left: None }
