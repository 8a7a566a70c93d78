-- locks:
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.users.mood
CREATE TABLE backout_undone_1.value_16387_3 (id text, backout_value text);

-- steps:
-- default public.users.mood
ALTER TABLE ONLY public.users ALTER COLUMN mood DROP DEFAULT;
-- type public.mood
ALTER TYPE public.mood RENAME TO backout_rebuilt_16385;
-- type public.mood
CREATE TYPE public.mood AS ENUM ('sad', 'ok');
-- column public.users.mood
INSERT INTO backout_undone_1.value_16387_3 SELECT t.id::text, t.mood::text FROM public.users t WHERE t.mood::text IN ('great');
-- table public.users
ALTER TABLE public.users ALTER COLUMN mood TYPE public.mood USING (NULLIF(mood::text, 'great'))::public.mood;
-- type public.mood
DROP TYPE public.backout_rebuilt_16385;
-- default public.users.mood
ALTER TABLE ONLY public.users ALTER COLUMN mood SET DEFAULT 'ok'::public.mood;

-- tail:
-- table public.users: analyze
ANALYZE public.users;

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
--   (#pg_attrdef:16388:0, "default public.users.id")
--   (#pg_attrdef:16389:0, "default public.users.mood")
--   (#pg_constraint:16391:0, "constraint users_pkey on public.users")
--   (#pg_constraint:16393:0, "constraint users_email_key on public.users")
--   (#pg_policy:16408:0, "policy via on public.users")

-- set aside:
--   SetAside { table: "public.users", column: "mood", copy: "backout_undone_1.value_16387_3", count: "SELECT greatest(count(*), 0)::bigint FROM public.users t WHERE t.mood::text IN ('great')" }

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("mood"), copy_schema: "backout_undone_1", copy: "value_16387_3", by: TextKey(["id"]), left: Some("(NULLIF(c.backout_value::text, 'great'))::text") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16387_3", forced: None, otherwise: "values of column public.users.mood are ones that its type did not have before; they lie in backout_undone_1.value_16387_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16387_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
