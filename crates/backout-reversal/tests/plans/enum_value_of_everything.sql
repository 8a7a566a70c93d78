-- locks:
--   public.moody, ACCESS EXCLUSIVE
--   public.parts, ACCESS EXCLUSIVE
--   public.refers, ACCESS EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.users.mood
CREATE TABLE backout_undone_1.value_16387_3 (id text, backout_value text);
-- column public.moody.a
CREATE TABLE backout_undone_1.value_16411_1 (a text, backout_value text);
-- column public.moody.b
CREATE TABLE backout_undone_1.value_16411_2 (a text, backout_value text);
-- column public.moody.c
CREATE TABLE backout_undone_1.value_16411_3 (a text, backout_value text);
-- column public.refers.m
CREATE TABLE backout_undone_1.value_16418_1 (backout_row text, backout_value text);
-- column public.parts.m
CREATE TABLE backout_undone_1.value_16429_1 (backout_row text, backout_value text);

-- steps:
-- policy mine on public.moody
DROP POLICY IF EXISTS mine ON public.moody CASCADE;
-- trigger mt on public.moody
DROP TRIGGER IF EXISTS mt ON public.moody CASCADE;
-- foreign key refers_m_fkey on public.refers
ALTER TABLE public.refers DROP CONSTRAINT IF EXISTS refers_m_fkey CASCADE;
-- materialized view public.mm
DROP MATERIALIZED VIEW IF EXISTS public.mm CASCADE;
-- view public.happy
DROP VIEW IF EXISTS public.happy CASCADE;
-- index public.moody_how
DROP INDEX IF EXISTS public.moody_how CASCADE;
-- index public.moody_b
DROP INDEX IF EXISTS public.moody_b CASCADE;
-- constraint moody_b_check on public.moody
ALTER TABLE public.moody DROP CONSTRAINT IF EXISTS moody_b_check CASCADE;
-- default public.moody.c
ALTER TABLE ONLY public.moody ALTER COLUMN c DROP DEFAULT;
-- default public.moody.a
ALTER TABLE ONLY public.moody ALTER COLUMN a DROP DEFAULT;
-- default public.users.mood
ALTER TABLE ONLY public.users ALTER COLUMN mood DROP DEFAULT;
-- function public.how(m public.mood, d public.mood)
DROP FUNCTION IF EXISTS public.how(m public.mood, d public.mood) CASCADE;
-- column public.moody.b
ALTER TABLE public.moody RENAME COLUMN bb TO b;
-- type public.mood
ALTER TYPE public.mood RENAME TO backout_rebuilt_16385;
-- type public.mood
CREATE TYPE public.mood AS ENUM ('sad', 'ok');
-- type public.mood
COMMENT ON TYPE public.mood IS 'how';
-- column public.users.mood
INSERT INTO backout_undone_1.value_16387_3 SELECT t.id::text, t.mood::text FROM public.users t WHERE t.mood::text IN ('awful', 'great');
-- table public.users
ALTER TABLE public.users ALTER COLUMN mood TYPE public.mood USING (NULLIF(NULLIF(mood::text, 'awful'), 'great'))::public.mood;
-- column public.moody.a
INSERT INTO backout_undone_1.value_16411_1 SELECT t.a::text, t.a::text FROM public.moody t WHERE t.a::text IN ('awful', 'great');
-- column public.moody.b
INSERT INTO backout_undone_1.value_16411_2 SELECT t.a::text, t.b::text FROM public.moody t WHERE t.b::text IN ('awful', 'great');
-- column public.moody.c
INSERT INTO backout_undone_1.value_16411_3 SELECT t.a::text, t.c::text FROM public.moody t WHERE t.c::text[] && ARRAY['awful', 'great']::text[];
-- table public.moody
ALTER TABLE public.moody ALTER COLUMN a TYPE public.mood USING (CASE CASE a::text WHEN 'awful' THEN 'ok' ELSE a::text END WHEN 'great' THEN 'ok' ELSE CASE a::text WHEN 'awful' THEN 'ok' ELSE a::text END END)::public.mood, ALTER COLUMN b TYPE public.mood USING (NULLIF(NULLIF(b::text, 'awful'), 'great'))::public.mood, ALTER COLUMN c TYPE public.mood[] USING (pg_catalog.array_remove(pg_catalog.array_remove(c::text[], 'awful'), 'great'))::public.mood[];
-- column public.refers.m
INSERT INTO backout_undone_1.value_16418_1 SELECT t::text, t.m::text FROM public.refers t WHERE t.m::text IN ('awful', 'great');
-- table public.refers
ALTER TABLE public.refers ALTER COLUMN m TYPE public.mood USING (NULLIF(NULLIF(m::text, 'awful'), 'great'))::public.mood;
-- column public.parts.m
INSERT INTO backout_undone_1.value_16429_1 SELECT t::text, t.m::text FROM public.parts t WHERE t.m::text IN ('awful', 'great');
-- table public.parts
ALTER TABLE public.parts ALTER COLUMN m TYPE public.mood USING (NULLIF(NULLIF(m::text, 'awful'), 'great'))::public.mood;
-- type public.mood
DROP TYPE public.backout_rebuilt_16385;
-- function public.how(m public.mood, d public.mood)
CREATE OR REPLACE FUNCTION public.how(m public.mood, d public.mood DEFAULT 'ok'::public.mood)
 RETURNS public.mood
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT coalesce(m, d) $function$
;
-- function public.how(m public.mood, d public.mood)
COMMENT ON FUNCTION public.how(m public.mood, d public.mood) IS 'fn';
-- default public.users.mood
ALTER TABLE ONLY public.users ALTER COLUMN mood SET DEFAULT 'ok'::public.mood;
-- default public.moody.a
ALTER TABLE ONLY public.moody ALTER COLUMN a SET DEFAULT 'ok'::public.mood;
-- default public.moody.c
ALTER TABLE ONLY public.moody ALTER COLUMN c SET DEFAULT '{ok}'::public.mood[];
-- constraint moody_b_check on public.moody
ALTER TABLE public.moody ADD CONSTRAINT moody_b_check CHECK ((b = ANY (ARRAY['sad'::public.mood, 'ok'::public.mood]))) NOT VALID;
-- index public.moody_b
CREATE INDEX moody_b ON public.moody USING btree (b) WHERE (a = 'ok'::public.mood);
-- index public.moody_how
CREATE INDEX moody_how ON public.moody USING btree (public.how(b));
-- view public.happy
CREATE VIEW public.happy AS  SELECT moody.a,
    moody.b,
    moody.c,
    moody.d,
    moody.id
   FROM public.moody
  WHERE (moody.a = 'ok'::public.mood);
-- view public.happy
COMMENT ON VIEW public.happy IS 'v';
-- view public.happier
CREATE VIEW public.happier AS  SELECT happy.a,
    public.how(happy.a) AS h
   FROM public.happy;
-- materialized view public.mm
CREATE MATERIALIZED VIEW public.mm AS  SELECT moody.a,
    count(*) AS count
   FROM public.moody
  GROUP BY moody.a WITH NO DATA;
-- foreign key refers_m_fkey on public.refers
ALTER TABLE public.refers ADD CONSTRAINT refers_m_fkey FOREIGN KEY (m) REFERENCES public.moody(a) ON DELETE CASCADE NOT VALID;
-- trigger mt on public.moody
CREATE TRIGGER mt BEFORE UPDATE OF b ON public.moody FOR EACH ROW WHEN ((new.b = 'sad'::public.mood)) EXECUTE FUNCTION public.touch();
-- policy mine on public.moody
CREATE POLICY mine ON public.moody AS PERMISSIVE FOR ALL USING (((b = 'ok'::public.mood) OR (public.how(a) = 'sad'::public.mood)));

-- tail:
-- table public.users: analyze
ANALYZE public.users;
-- table public.moody: analyze
ANALYZE public.moody;
-- table public.refers: analyze
ANALYZE public.refers;
-- table public.parts: analyze
ANALYZE public.parts;
-- constraint moody_b_check on public.moody: validate, public.moody
ALTER TABLE public.moody VALIDATE CONSTRAINT moody_b_check;
-- materialized view public.mm: refresh
REFRESH MATERIALIZED VIEW public.mm;
-- foreign key refers_m_fkey on public.refers: validate, public.refers
ALTER TABLE public.refers VALIDATE CONSTRAINT refers_m_fkey;

-- remade:
--   #pg_proc:16410:0 function public.how(m public.mood, d public.mood)
--   #pg_class:16420:0 index public.moody_b
--   #pg_class:16421:0 index public.moody_how
--   #pg_class:16424:0 view public.happy
--   #pg_class:16427:0 materialized view public.mm
--   #pg_attrdef:16389:0 default public.users.mood
--   #pg_attrdef:16412:0 default public.moody.a
--   #pg_attrdef:16413:0 default public.moody.c
--   #pg_constraint:16414:0 constraint moody_b_check on public.moody
--   #pg_constraint:16419:0 foreign key refers_m_fkey on public.refers
--   #pg_trigger:16428:0 trigger mt on public.moody
--   #pg_policy:16426:0 policy mine on public.moody

-- parts:
--   column public.moody.a
--   column public.moody.b
--   column public.moody.c
--   column public.moody.d
--   column public.moody.id
--   column public.refers.m
--   column public.refers.x
--   column public.users.email
--   column public.users.id
--   column public.users.mood
--   column public.users.note
--   constraint moody_b_check on public.moody
--   constraint moody_check on public.moody
--   constraint moody_pkey on public.moody
--   constraint users_email_key on public.users
--   constraint users_pkey on public.users
--   default public.moody.a
--   default public.moody.c
--   default public.users.id
--   default public.users.mood
--   foreign key refers_m_fkey on public.refers
--   index public.moody_b
--   index public.moody_how
--   index public.moody_id
--   index public.moody_pkey
--   index public.users_email_key
--   index public.users_pkey
--   policy mine on public.moody
--   policy via on public.users
--   statistics moody_stat on public.moody
--   table public.moody
--   table public.refers
--   table public.users
--   trigger mt on public.moody

-- renumbered:
--   (#pg_type:16385:0, "type public.mood")
--   (#pg_proc:16410:0, "function public.how(m public.mood, d public.mood)")
--   (#pg_class:16387:1, "column public.users.id")
--   (#pg_class:16387:2, "column public.users.email")
--   (#pg_class:16387:3, "column public.users.mood")
--   (#pg_class:16387:4, "column public.users.note")
--   (#pg_class:16390:0, "index public.users_pkey")
--   (#pg_class:16392:0, "index public.users_email_key")
--   (#pg_class:16411:1, "column public.moody.a")
--   (#pg_class:16411:2, "column public.moody.b")
--   (#pg_class:16411:3, "column public.moody.c")
--   (#pg_class:16411:4, "column public.moody.d")
--   (#pg_class:16411:5, "column public.moody.id")
--   (#pg_class:16416:0, "index public.moody_pkey")
--   (#pg_class:16418:1, "column public.refers.m")
--   (#pg_class:16418:2, "column public.refers.x")
--   (#pg_class:16420:0, "index public.moody_b")
--   (#pg_class:16421:0, "index public.moody_how")
--   (#pg_class:16422:0, "index public.moody_id")
--   (#pg_class:16424:0, "view public.happy")
--   (#pg_class:16425:0, "view public.happier")
--   (#pg_class:16425:1, "column public.happier.a")
--   (#pg_class:16425:2, "column public.happier.h")
--   (#pg_class:16427:0, "materialized view public.mm")
--   (#pg_class:16429:1, "column public.parts.m")
--   (#pg_class:16429:2, "column public.parts.id")
--   (#pg_attrdef:16388:0, "default public.users.id")
--   (#pg_attrdef:16389:0, "default public.users.mood")
--   (#pg_attrdef:16412:0, "default public.moody.a")
--   (#pg_attrdef:16413:0, "default public.moody.c")
--   (#pg_constraint:16391:0, "constraint users_pkey on public.users")
--   (#pg_constraint:16393:0, "constraint users_email_key on public.users")
--   (#pg_constraint:16414:0, "constraint moody_b_check on public.moody")
--   (#pg_constraint:16415:0, "constraint moody_check on public.moody")
--   (#pg_constraint:16417:0, "constraint moody_pkey on public.moody")
--   (#pg_constraint:16419:0, "foreign key refers_m_fkey on public.refers")
--   (#pg_trigger:16428:0, "trigger mt on public.moody")
--   (#pg_policy:16408:0, "policy via on public.users")
--   (#pg_policy:16426:0, "policy mine on public.moody")
--   (#pg_statistic_ext:16423:0, "statistics moody_stat on public.moody")

-- set aside:
--   SetAside { table: "public.users", column: "mood", copy: "backout_undone_1.value_16387_3", count: "SELECT greatest(count(*), 0)::bigint FROM public.users t WHERE t.mood::text IN ('awful', 'great')" }
--   SetAside { table: "public.moody", column: "a", copy: "backout_undone_1.value_16411_1", count: "SELECT greatest(count(*), 0)::bigint FROM public.moody t WHERE t.a::text IN ('awful', 'great')" }
--   SetAside { table: "public.moody", column: "b", copy: "backout_undone_1.value_16411_2", count: "SELECT greatest(count(*), 0)::bigint FROM public.moody t WHERE t.bb::text IN ('awful', 'great')" }
--   SetAside { table: "public.moody", column: "c", copy: "backout_undone_1.value_16411_3", count: "SELECT greatest(count(*), 0)::bigint FROM public.moody t WHERE t.c::text[] && ARRAY['awful', 'great']::text[]" }
--   SetAside { table: "public.refers", column: "m", copy: "backout_undone_1.value_16418_1", count: "SELECT greatest(count(*), 0)::bigint FROM public.refers t WHERE t.m::text IN ('awful', 'great')" }
--   SetAside { table: "public.parts", column: "m", copy: "backout_undone_1.value_16429_1", count: "SELECT greatest(count(*), 0)::bigint FROM public.parts t WHERE t.m::text IN ('awful', 'great')" }

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("mood"), copy_schema: "backout_undone_1", copy: "value_16387_3", by: TextKey(["id"]), left: Some("(NULLIF(NULLIF(c.backout_value::text, 'awful'), 'great'))::text") }
--   Aside { schema: "public", table: "moody", column: Some("a"), copy_schema: "backout_undone_1", copy: "value_16411_1", by: TextKey(["a"]), left: Some("(CASE CASE c.backout_value::text WHEN 'awful' THEN 'ok' ELSE c.backout_value::text END WHEN 'great' THEN 'ok' ELSE CASE c.backout_value::text WHEN 'awful' THEN 'ok' ELSE c.backout_value::text END END)::text") }
--   Aside { schema: "public", table: "moody", column: Some("bb"), copy_schema: "backout_undone_1", copy: "value_16411_2", by: TextKey(["a"]), left: Some("(NULLIF(NULLIF(c.backout_value::text, 'awful'), 'great'))::text") }
--   Aside { schema: "public", table: "moody", column: Some("c"), copy_schema: "backout_undone_1", copy: "value_16411_3", by: TextKey(["a"]), left: Some("(pg_catalog.array_remove(pg_catalog.array_remove(c.backout_value::text[], 'awful'), 'great'))::text") }
--   Aside { schema: "public", table: "refers", column: Some("m"), copy_schema: "backout_undone_1", copy: "value_16418_1", by: Nothing, left: Some("(NULLIF(NULLIF(c.backout_value::text, 'awful'), 'great'))::text") }
--   Aside { schema: "public", table: "parts", column: Some("m"), copy_schema: "backout_undone_1", copy: "value_16429_1", by: Nothing, left: Some("(NULLIF(NULLIF(c.backout_value::text, 'awful'), 'great'))::text") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16387_3", forced: None, otherwise: "values of column public.users.mood are ones that its type did not have before; they lie in backout_undone_1.value_16387_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16387_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16411_1", forced: None, otherwise: "values of column public.moody.a are ones that its type did not have before; they lie in backout_undone_1.value_16411_1", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16411_1; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16411_2", forced: None, otherwise: "values of column public.moody.b are ones that its type did not have before; they lie in backout_undone_1.value_16411_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16411_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16411_3", forced: None, otherwise: "values of column public.moody.c are ones that its type did not have before; they lie in backout_undone_1.value_16411_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16411_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16418_1", forced: None, otherwise: "values of column public.refers.m are ones that its type did not have before; they lie in backout_undone_1.value_16418_1", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16418_1; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16429_1", forced: None, otherwise: "values of column public.parts.m are ones that its type did not have before; they lie in backout_undone_1.value_16429_1", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16429_1; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
