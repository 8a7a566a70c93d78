-- locks:
--   public.moods, ACCESS EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.users.mood
CREATE TABLE backout_undone_1.value_16387_3 (id text, backout_value text);
-- column public.moods.m
CREATE TABLE backout_undone_1.value_16410_2 (id text, backout_value text);
-- column public.moods.n
CREATE TABLE backout_undone_1.value_16410_3 (id text, backout_value text);
-- column public.moods.many
CREATE TABLE backout_undone_1.value_16410_4 (id text, backout_value text);

-- steps:
-- default public.moods.m
ALTER TABLE ONLY public.moods ALTER COLUMN m DROP DEFAULT;
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
-- column public.moods.m
INSERT INTO backout_undone_1.value_16410_2 SELECT t.id::text, t.m::text FROM public.moods t WHERE t.m::text IN ('great');
-- column public.moods.n
INSERT INTO backout_undone_1.value_16410_3 SELECT t.id::text, t.n::text FROM public.moods t WHERE t.n::text IN ('great');
-- column public.moods.many
INSERT INTO backout_undone_1.value_16410_4 SELECT t.id::text, t.many::text FROM public.moods t WHERE t.many::text[] && ARRAY['great']::text[];
-- table public.moods
ALTER TABLE public.moods ALTER COLUMN m TYPE public.mood USING (CASE m::text WHEN 'great' THEN 'sad' ELSE m::text END)::public.mood, ALTER COLUMN n TYPE public.mood USING (NULLIF(n::text, 'great'))::public.mood, ALTER COLUMN many TYPE public.mood[] USING (pg_catalog.array_remove(many::text[], 'great'))::public.mood[];
-- type public.mood
DROP TYPE public.backout_rebuilt_16385;
-- default public.users.mood
ALTER TABLE ONLY public.users ALTER COLUMN mood SET DEFAULT 'ok'::public.mood;
-- default public.moods.m
ALTER TABLE ONLY public.moods ALTER COLUMN m SET DEFAULT 'sad'::public.mood;

-- tail:
-- table public.users: analyze
ANALYZE public.users;
-- table public.moods: analyze
ANALYZE public.moods;

-- remade:
--   #pg_attrdef:16389:0 default public.users.mood
--   #pg_attrdef:16411:0 default public.moods.m

-- parts:
--   column public.moods.id
--   column public.moods.m
--   column public.moods.many
--   column public.moods.n
--   column public.users.email
--   column public.users.id
--   column public.users.mood
--   column public.users.note
--   constraint moods_pkey on public.moods
--   constraint users_email_key on public.users
--   constraint users_pkey on public.users
--   default public.moods.m
--   default public.users.id
--   default public.users.mood
--   index public.moods_pkey
--   index public.users_email_key
--   index public.users_pkey
--   policy via on public.users
--   table public.moods
--   table public.users

-- renumbered:
--   (#pg_type:16385:0, "type public.mood")
--   (#pg_class:16387:1, "column public.users.id")
--   (#pg_class:16387:2, "column public.users.email")
--   (#pg_class:16387:3, "column public.users.mood")
--   (#pg_class:16387:4, "column public.users.note")
--   (#pg_class:16390:0, "index public.users_pkey")
--   (#pg_class:16392:0, "index public.users_email_key")
--   (#pg_class:16410:1, "column public.moods.id")
--   (#pg_class:16410:2, "column public.moods.m")
--   (#pg_class:16410:3, "column public.moods.n")
--   (#pg_class:16410:4, "column public.moods.many")
--   (#pg_class:16412:0, "index public.moods_pkey")
--   (#pg_attrdef:16388:0, "default public.users.id")
--   (#pg_attrdef:16389:0, "default public.users.mood")
--   (#pg_attrdef:16411:0, "default public.moods.m")
--   (#pg_constraint:16391:0, "constraint users_pkey on public.users")
--   (#pg_constraint:16393:0, "constraint users_email_key on public.users")
--   (#pg_constraint:16413:0, "constraint moods_pkey on public.moods")
--   (#pg_policy:16408:0, "policy via on public.users")

-- set aside:
--   SetAside { table: "public.users", column: "mood", copy: "backout_undone_1.value_16387_3", count: "SELECT greatest(count(*), 0)::bigint FROM public.users t WHERE t.mood::text IN ('great')" }
--   SetAside { table: "public.moods", column: "m", copy: "backout_undone_1.value_16410_2", count: "SELECT greatest(count(*), 0)::bigint FROM public.moods t WHERE t.m::text IN ('great')" }
--   SetAside { table: "public.moods", column: "n", copy: "backout_undone_1.value_16410_3", count: "SELECT greatest(count(*), 0)::bigint FROM public.moods t WHERE t.n::text IN ('great')" }
--   SetAside { table: "public.moods", column: "many", copy: "backout_undone_1.value_16410_4", count: "SELECT greatest(count(*), 0)::bigint FROM public.moods t WHERE t.many::text[] && ARRAY['great']::text[]" }

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("mood"), copy_schema: "backout_undone_1", copy: "value_16387_3", by: TextKey(["id"]), left: Some("(NULLIF(c.backout_value::text, 'great'))::text") }
--   Aside { schema: "public", table: "moods", column: Some("m"), copy_schema: "backout_undone_1", copy: "value_16410_2", by: TextKey(["id"]), left: Some("(CASE c.backout_value::text WHEN 'great' THEN 'sad' ELSE c.backout_value::text END)::text") }
--   Aside { schema: "public", table: "moods", column: Some("n"), copy_schema: "backout_undone_1", copy: "value_16410_3", by: TextKey(["id"]), left: Some("(NULLIF(c.backout_value::text, 'great'))::text") }
--   Aside { schema: "public", table: "moods", column: Some("many"), copy_schema: "backout_undone_1", copy: "value_16410_4", by: TextKey(["id"]), left: Some("(pg_catalog.array_remove(c.backout_value::text[], 'great'))::text") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16387_3", forced: None, otherwise: "values of column public.users.mood are ones that its type did not have before; they lie in backout_undone_1.value_16387_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16387_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16410_2", forced: None, otherwise: "values of column public.moods.m are ones that its type did not have before; they lie in backout_undone_1.value_16410_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16410_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16410_3", forced: None, otherwise: "values of column public.moods.n are ones that its type did not have before; they lie in backout_undone_1.value_16410_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16410_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16410_4", forced: None, otherwise: "values of column public.moods.many are ones that its type did not have before; they lie in backout_undone_1.value_16410_4", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16410_4; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
