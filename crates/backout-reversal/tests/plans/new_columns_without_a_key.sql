-- locks:
--   public.bare, ACCESS EXCLUSIVE
--   public.ev, ACCESS EXCLUSIVE
--   public.ev1, ACCESS EXCLUSIVE
--   public.log, ACCESS EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.users.plan
CREATE TABLE backout_undone_1.column_16387_5 (id integer, backout_value text, PRIMARY KEY (id));
-- column public.log.level
CREATE TABLE backout_undone_1.column_16410_3 (at date, line text, backout_value text, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- column public.log.n
CREATE TABLE backout_undone_1.column_16410_4 (at date, line text, backout_value integer, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- column public.ev.kind
CREATE TABLE backout_undone_1.column_16411_3 (id integer, at date, backout_value text, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- column public.bare.a
CREATE TABLE backout_undone_1.column_16413_1 (backout_value integer, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

-- steps:
-- column public.users.plan
ALTER TABLE public.users NO FORCE ROW LEVEL SECURITY;
-- column public.users.plan
INSERT INTO backout_undone_1.column_16387_5 (id, backout_value) SELECT id, plan FROM public.users WHERE plan IS NOT NULL;
-- column public.users.plan
ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
-- column public.log.level
INSERT INTO backout_undone_1.column_16410_3 (at, line, backout_value) SELECT at, line, level FROM public.log WHERE level IS NOT NULL;
-- column public.log.n
INSERT INTO backout_undone_1.column_16410_4 (at, line, backout_value) SELECT at, line, n FROM public.log WHERE n::text IS DISTINCT FROM ((1)::integer)::text;
-- column public.ev.kind
INSERT INTO backout_undone_1.column_16411_3 (id, at, backout_value) SELECT id, at, kind FROM public.ev WHERE kind IS NOT NULL;
-- column public.bare.a
INSERT INTO backout_undone_1.column_16413_1 (backout_value) SELECT a FROM public.bare WHERE a IS NOT NULL;
-- what the migration added
ALTER TABLE public.users DROP COLUMN IF EXISTS plan CASCADE;
-- what the migration added
ALTER TABLE public.log DROP COLUMN IF EXISTS level CASCADE;
-- what the migration added
ALTER TABLE public.log DROP COLUMN IF EXISTS n CASCADE;
-- what the migration added
ALTER TABLE public.ev DROP COLUMN IF EXISTS kind CASCADE;
-- what the migration added
ALTER TABLE public.ev1 DROP COLUMN IF EXISTS kind CASCADE;
-- what the migration added
ALTER TABLE public.bare DROP COLUMN IF EXISTS a CASCADE;

-- set aside:
--   SetAside { table: "public.users", column: "plan", copy: "backout_undone_1.column_16387_5", count: "SELECT count(*) FROM public.users WHERE plan IS NOT NULL" }
--   SetAside { table: "public.log", column: "level", copy: "backout_undone_1.column_16410_3", count: "SELECT count(*) FROM public.log WHERE level IS NOT NULL" }
--   SetAside { table: "public.log", column: "n", copy: "backout_undone_1.column_16410_4", count: "SELECT count(*) FROM public.log WHERE n::text IS DISTINCT FROM ((1)::integer)::text" }
--   SetAside { table: "public.ev", column: "kind", copy: "backout_undone_1.column_16411_3", count: "SELECT count(*) FROM public.ev WHERE kind IS NOT NULL" }
--   SetAside { table: "public.bare", column: "a", copy: "backout_undone_1.column_16413_1", count: "SELECT count(*) FROM public.bare WHERE a IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("plan"), copy_schema: "backout_undone_1", copy: "column_16387_5", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "log", column: Some("level"), copy_schema: "backout_undone_1", copy: "column_16410_3", by: Place(["at", "line"]), left: None }
--   Aside { schema: "public", table: "log", column: Some("n"), copy_schema: "backout_undone_1", copy: "column_16410_4", by: Place(["at", "line"]), left: None }
--   Aside { schema: "public", table: "ev", column: Some("kind"), copy_schema: "backout_undone_1", copy: "column_16411_3", by: Place(["id", "at"]), left: None }
--   Aside { schema: "public", table: "bare", column: Some("a"), copy_schema: "backout_undone_1", copy: "column_16413_1", by: Place([]), left: None }
