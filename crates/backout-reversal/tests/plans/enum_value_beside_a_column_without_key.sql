-- locks:
--   public.ek, ACCESS EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.ek.extra
CREATE TABLE backout_undone_1.column_16410_4 (m text, list text, w text, backout_value integer, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- column public.users.mood
CREATE TABLE backout_undone_1.value_16387_3 (id text, backout_value text);
-- column public.ek.m
CREATE TABLE backout_undone_1.value_16410_1 (backout_row text, backout_value text);
-- column public.ek.list
CREATE TABLE backout_undone_1.value_16410_2 (backout_row text, backout_value text);

-- steps:
-- column public.ek.extra
INSERT INTO backout_undone_1.column_16410_4 (m, list, w, backout_value) SELECT m, list, w, extra FROM public.ek WHERE extra IS NOT NULL;
-- default public.users.mood
ALTER TABLE ONLY public.users ALTER COLUMN mood DROP DEFAULT;
-- what the migration added
ALTER TABLE public.ek DROP COLUMN IF EXISTS extra CASCADE;
-- type public.mood
ALTER TYPE public.mood RENAME TO backout_rebuilt_16385;
-- type public.mood
CREATE TYPE public.mood AS ENUM ('sad', 'ok');
-- column public.users.mood
INSERT INTO backout_undone_1.value_16387_3 SELECT t.id::text, t.mood::text FROM public.users t WHERE t.mood::text IN ('great');
-- table public.users
ALTER TABLE public.users ALTER COLUMN mood TYPE public.mood USING (NULLIF(mood::text, 'great'))::public.mood;
-- column public.ek.m
INSERT INTO backout_undone_1.value_16410_1 SELECT t::text, t.m::text FROM public.ek t WHERE t.m::text IN ('great');
-- column public.ek.list
INSERT INTO backout_undone_1.value_16410_2 SELECT t::text, t.list::text FROM public.ek t WHERE t.list::text[] && ARRAY['great']::text[];
-- table public.ek
ALTER TABLE public.ek ALTER COLUMN m TYPE public.mood USING (NULLIF(m::text, 'great'))::public.mood, ALTER COLUMN list TYPE public.mood[] USING (pg_catalog.array_remove(list::text[], 'great'))::public.mood[];
-- type public.mood
DROP TYPE public.backout_rebuilt_16385;
-- default public.users.mood
ALTER TABLE ONLY public.users ALTER COLUMN mood SET DEFAULT 'ok'::public.mood;

-- tail:
-- table public.users: analyze
ANALYZE public.users;
-- table public.ek: analyze
ANALYZE public.ek;

-- remade:
--   #pg_attrdef:16389:0 default public.users.mood

-- parts:
--   column public.users.email
--   column public.users.id
--   column public.users.mood
--   column public.users.note
--   constraint users_email_key on public.users
--   constraint users_pkey on public.users
--   default public.users.id
--   default public.users.mood
--   index public.users_email_key
--   index public.users_pkey
--   policy via on public.users
--   table public.users

-- renumbered:
--   (#pg_type:16385:0, "type public.mood")
--   (#pg_class:16387:1, "column public.users.id")
--   (#pg_class:16387:2, "column public.users.email")
--   (#pg_class:16387:3, "column public.users.mood")
--   (#pg_class:16387:4, "column public.users.note")
--   (#pg_class:16390:0, "index public.users_pkey")
--   (#pg_class:16392:0, "index public.users_email_key")
--   (#pg_class:16410:1, "column public.ek.m")
--   (#pg_class:16410:2, "column public.ek.list")
--   (#pg_class:16410:3, "column public.ek.w")
--   (#pg_attrdef:16388:0, "default public.users.id")
--   (#pg_attrdef:16389:0, "default public.users.mood")
--   (#pg_constraint:16391:0, "constraint users_pkey on public.users")
--   (#pg_constraint:16393:0, "constraint users_email_key on public.users")
--   (#pg_policy:16408:0, "policy via on public.users")

-- set aside:
--   SetAside { table: "public.ek", column: "extra", copy: "backout_undone_1.column_16410_4", count: "SELECT count(*) FROM public.ek WHERE extra IS NOT NULL" }
--   SetAside { table: "public.users", column: "mood", copy: "backout_undone_1.value_16387_3", count: "SELECT greatest(count(*), 0)::bigint FROM public.users t WHERE t.mood::text IN ('great')" }
--   SetAside { table: "public.ek", column: "m", copy: "backout_undone_1.value_16410_1", count: "SELECT greatest(count(*), 0)::bigint FROM public.ek t WHERE t.m::text IN ('great')" }
--   SetAside { table: "public.ek", column: "list", copy: "backout_undone_1.value_16410_2", count: "SELECT greatest(count(*), 0)::bigint FROM public.ek t WHERE t.list::text[] && ARRAY['great']::text[]" }

-- may be set aside:
--   Aside { schema: "public", table: "ek", column: Some("extra"), copy_schema: "backout_undone_1", copy: "column_16410_4", by: Place(["m", "list", "w"]), left: None }
--   Aside { schema: "public", table: "users", column: Some("mood"), copy_schema: "backout_undone_1", copy: "value_16387_3", by: TextKey(["id"]), left: Some("(NULLIF(c.backout_value::text, 'great'))::text") }
--   Aside { schema: "public", table: "ek", column: Some("m"), copy_schema: "backout_undone_1", copy: "value_16410_1", by: Nothing, left: Some("(NULLIF(c.backout_value::text, 'great'))::text") }
--   Aside { schema: "public", table: "ek", column: Some("list"), copy_schema: "backout_undone_1", copy: "value_16410_2", by: Nothing, left: Some("(pg_catalog.array_remove(c.backout_value::text[], 'great'))::text") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16387_3", forced: None, otherwise: "values of column public.users.mood are ones that its type did not have before; they lie in backout_undone_1.value_16387_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16387_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16410_1", forced: None, otherwise: "values of column public.ek.m are ones that its type did not have before; they lie in backout_undone_1.value_16410_1", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16410_1; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16410_2", forced: None, otherwise: "values of column public.ek.list are ones that its type did not have before; they lie in backout_undone_1.value_16410_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16410_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
