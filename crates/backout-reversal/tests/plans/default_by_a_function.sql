-- locks:
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.users.inbox
CREATE TABLE backout_undone_1.column_16387_6 (id integer, backout_value text, PRIMARY KEY (id));

-- steps:
-- column public.users.inbox
INSERT INTO backout_undone_1.column_16387_6 (id, backout_value) SELECT id, inbox FROM public.users WHERE inbox IS NOT NULL;
-- what the migration added
ALTER TABLE public.users DROP COLUMN IF EXISTS inbox CASCADE;

-- set aside:
--   SetAside { table: "public.users", column: "inbox", copy: "backout_undone_1.column_16387_6", count: "SELECT count(*) FROM public.users WHERE inbox IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("inbox"), copy_schema: "backout_undone_1", copy: "column_16387_6", by: Key(["id"]), left: None }
