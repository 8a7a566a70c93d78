-- locks:
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.users.level
CREATE TABLE backout_undone_1.column_16387_5 (id integer, backout_value text, PRIMARY KEY (id));
-- column public.users.points
CREATE TABLE backout_undone_1.column_16387_6 (id integer, backout_value integer, PRIMARY KEY (id));

-- steps:
-- column public.users.level
INSERT INTO backout_undone_1.column_16387_5 (id, backout_value) SELECT id, level::text FROM public.users WHERE level IS NOT NULL;
-- column public.users.points
INSERT INTO backout_undone_1.column_16387_6 (id, backout_value) SELECT id, points FROM public.users WHERE points::text IS DISTINCT FROM ((0)::integer)::text;
-- what the migration added
ALTER TABLE public.users DROP COLUMN IF EXISTS level CASCADE;
-- what the migration added
ALTER TABLE public.users DROP COLUMN IF EXISTS points CASCADE;
-- what the migration added
DROP TYPE IF EXISTS public.level CASCADE;

-- set aside:
--   SetAside { table: "public.users", column: "level", copy: "backout_undone_1.column_16387_5", count: "SELECT count(*) FROM public.users WHERE level IS NOT NULL" }
--   SetAside { table: "public.users", column: "points", copy: "backout_undone_1.column_16387_6", count: "SELECT count(*) FROM public.users WHERE points::text IS DISTINCT FROM ((0)::integer)::text" }

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("level"), copy_schema: "backout_undone_1", copy: "column_16387_5", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "users", column: Some("points"), copy_schema: "backout_undone_1", copy: "column_16387_6", by: Key(["id"]), left: None }
