-- locks:
--   public.m, ACCESS EXCLUSIVE
--   public.m2, ACCESS EXCLUSIVE
--   public.par, ACCESS EXCLUSIVE
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
-- column public.m.note
ALTER TABLE public.m ALTER COLUMN note DROP NOT NULL;
-- table public.m1
ALTER TABLE public.m1 ALTER COLUMN note SET NOT NULL;
-- column public.m2.note
ALTER TABLE public.m2 ALTER COLUMN note DROP NOT NULL;
-- column public.par.b
--   if all rows of public.par have a value of b
ALTER TABLE public.par ALTER COLUMN b SET NOT NULL;
-- default public.users.mood
ALTER TABLE ONLY public.users ALTER COLUMN mood SET DEFAULT 'ok'::public.mood;
-- index public.ui
ALTER INDEX public.ui ALTER COLUMN 1 SET STATISTICS 55;
-- statistics us on public.users
ALTER STATISTICS public.us SET STATISTICS 100;

-- tail:
-- table public.users: analyze
ANALYZE public.users;

-- remade:
--   #pg_attrdef:16389:0 default public.users.mood

-- parts:
--   column public.m.id
--   column public.m.note
--   column public.m2.id
--   column public.m2.note
--   column public.par.a
--   column public.par.b
--   column public.users.email
--   column public.users.id
--   column public.users.mood
--   column public.users.note
--   constraint users_email_key on public.users
--   constraint users_pkey on public.users
--   default public.users.id
--   default public.users.mood
--   index public.ui
--   index public.users_email_key
--   index public.users_pkey
--   policy via on public.users
--   statistics us on public.users
--   table public.m
--   table public.m2
--   table public.par
--   table public.users

-- renumbered:
--   (#pg_type:16385:0, "type public.mood")
--   (#pg_class:16387:1, "column public.users.id")
--   (#pg_class:16387:2, "column public.users.email")
--   (#pg_class:16387:3, "column public.users.mood")
--   (#pg_class:16387:4, "column public.users.note")
--   (#pg_class:16390:0, "index public.users_pkey")
--   (#pg_class:16392:0, "index public.users_email_key")
--   (#pg_class:16410:2, "column public.m.note")
--   (#pg_class:16412:2, "column public.m2.note")
--   (#pg_class:16413:2, "column public.par.b")
--   (#pg_class:16416:0, "index public.ui")
--   (#pg_attrdef:16388:0, "default public.users.id")
--   (#pg_attrdef:16389:0, "default public.users.mood")
--   (#pg_constraint:16391:0, "constraint users_pkey on public.users")
--   (#pg_constraint:16393:0, "constraint users_email_key on public.users")
--   (#pg_policy:16408:0, "policy via on public.users")
--   (#pg_statistic_ext:16415:0, "statistics us on public.users")

-- set aside:
--   SetAside { table: "public.users", column: "mood", copy: "backout_undone_1.value_16387_3", count: "SELECT greatest(count(*), 0)::bigint FROM public.users t WHERE t.mood::text IN ('great')" }

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("mood"), copy_schema: "backout_undone_1", copy: "value_16387_3", by: TextKey(["id"]), left: Some("(NULLIF(c.backout_value::text, 'great'))::text") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16387_3", forced: None, otherwise: "values of column public.users.mood are ones that its type did not have before; they lie in backout_undone_1.value_16387_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16387_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.par t WHERE t.b IS NULL", keys: None, object: "column public.par.b", otherwise: "rows have no value for it: it stays nullable" }

-- needs values:
--   NeedsValues { table: "public.par", column: "b", heirs: ["public.par", "public.kid"], forced: false }
