-- locks:
--   public.ew, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.ew.e
CREATE TABLE backout_undone_1.column_16411_6 (id integer, backout_value jsonb, PRIMARY KEY (id));
-- column public.ew.status
CREATE TABLE backout_undone_1.value_16411_3 (id text, backout_value text);
-- column public.ew.list
CREATE TABLE backout_undone_1.value_16411_5 (id text, backout_value text);

-- steps:
-- column public.ew.e
INSERT INTO backout_undone_1.column_16411_6 (id, backout_value) SELECT id, e FROM public.ew WHERE e IS NOT NULL;
-- index public.ew_x_idx
DROP INDEX IF EXISTS public.ew_x_idx CASCADE;
-- constraint ew_pkey on public.ew
ALTER TABLE public.ew DROP CONSTRAINT IF EXISTS ew_pkey CASCADE;
-- default public.ew.list
ALTER TABLE ONLY public.ew ALTER COLUMN list DROP DEFAULT;
-- default public.ew.status
ALTER TABLE ONLY public.ew ALTER COLUMN status DROP DEFAULT;
-- what the migration added
ALTER TABLE public.ew DROP COLUMN IF EXISTS e CASCADE;
-- type public.ews
ALTER TYPE public.ews RENAME TO backout_rebuilt_16410;
-- type public.ews
CREATE TYPE public.ews AS ENUM ('PENDING', 'OK');
-- column public.ew.status
INSERT INTO backout_undone_1.value_16411_3 SELECT t.id::text, t.status::text FROM public.ew t WHERE t.status::text IN ('BUILDING');
-- column public.ew.list
INSERT INTO backout_undone_1.value_16411_5 SELECT t.id::text, t.list::text FROM public.ew t WHERE t.list::text[] && ARRAY['BUILDING']::text[];
-- table public.ew
ALTER TABLE public.ew ALTER COLUMN status TYPE public.ews USING (CASE status::text WHEN 'BUILDING' THEN 'PENDING' ELSE status::text END)::public.ews, ALTER COLUMN list TYPE public.ews[] USING (pg_catalog.array_remove(list::text[], 'BUILDING'))::public.ews[];
-- type public.ews
DROP TYPE public.backout_rebuilt_16410;
-- table public.ew
ALTER TABLE public.ew RENAME TO backout_rebuilt_16411;
-- table public.ew
CREATE TABLE public.ew (id integer NOT NULL, b text, status public.ews NOT NULL, x text, list public.ews[]);
-- table public.ew
INSERT INTO public.ew (id, b, status, x, list) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.status, t.x, t.list FROM ONLY public.backout_rebuilt_16411 t LEFT JOIN backout_archive_1.column_149923_2 c2 ON c2.id = t.id;
-- table public.ew
DROP TABLE public.backout_rebuilt_16411;
-- default public.ew.status
ALTER TABLE ONLY public.ew ALTER COLUMN status SET DEFAULT 'PENDING'::public.ews;
-- default public.ew.list
ALTER TABLE ONLY public.ew ALTER COLUMN list SET DEFAULT '{OK}'::public.ews[];
-- constraint ew_check on public.ew
ALTER TABLE public.ew ADD CONSTRAINT ew_check CHECK (((status <> 'OK'::public.ews) OR (b <> ''::text))) NOT VALID;
-- constraint ew_pkey on public.ew
--   may clash: Values, at once None
ALTER TABLE public.ew ADD CONSTRAINT ew_pkey PRIMARY KEY (id);
-- index public.ew_x_idx
CREATE INDEX ew_x_idx ON public.ew USING btree (x) WHERE (status = 'OK'::public.ews);

-- tail:
-- table public.ew: analyze
ANALYZE public.ew;
-- constraint ew_check on public.ew: validate, public.ew
ALTER TABLE public.ew VALIDATE CONSTRAINT ew_check;

-- rebuilt:
--   public.ew

-- remade:
--   #pg_class:16411:0 table public.ew
--   #pg_class:16415:0 index public.ew_pkey
--   #pg_class:16417:0 index public.ew_x_idx
--   #pg_attrdef:16412:0 default public.ew.status
--   #pg_attrdef:16413:0 default public.ew.list
--   #pg_constraint:16416:0 constraint ew_pkey on public.ew

-- parts:
--   column public.ew.b
--   column public.ew.id
--   column public.ew.list
--   column public.ew.status
--   column public.ew.x
--   constraint ew_check on public.ew
--   constraint ew_pkey on public.ew
--   default public.ew.list
--   default public.ew.status
--   index public.ew_pkey
--   index public.ew_x_idx
--   table public.ew

-- renumbered:
--   (#pg_type:16410:0, "type public.ews")
--   (#pg_class:16411:0, "table public.ew")
--   (#pg_class:16411:1, "column public.ew.id")
--   (#pg_class:16411:2, "column public.ew.b")
--   (#pg_class:16411:3, "column public.ew.status")
--   (#pg_class:16411:4, "column public.ew.x")
--   (#pg_class:16411:5, "column public.ew.list")
--   (#pg_class:16415:0, "index public.ew_pkey")
--   (#pg_class:16417:0, "index public.ew_x_idx")
--   (#pg_attrdef:16412:0, "default public.ew.status")
--   (#pg_attrdef:16413:0, "default public.ew.list")
--   (#pg_constraint:16414:0, "constraint ew_check on public.ew")
--   (#pg_constraint:16416:0, "constraint ew_pkey on public.ew")

-- set aside:
--   SetAside { table: "public.ew", column: "e", copy: "backout_undone_1.column_16411_6", count: "SELECT count(*) FROM public.ew WHERE e IS NOT NULL" }
--   SetAside { table: "public.ew", column: "status", copy: "backout_undone_1.value_16411_3", count: "SELECT greatest(count(*), 0)::bigint FROM public.ew t WHERE t.status::text IN ('BUILDING')" }
--   SetAside { table: "public.ew", column: "list", copy: "backout_undone_1.value_16411_5", count: "SELECT greatest(count(*), 0)::bigint FROM public.ew t WHERE t.list::text[] && ARRAY['BUILDING']::text[]" }

-- may be set aside:
--   Aside { schema: "public", table: "ew", column: Some("e"), copy_schema: "backout_undone_1", copy: "column_16411_6", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "ew", column: Some("status"), copy_schema: "backout_undone_1", copy: "value_16411_3", by: TextKey(["id"]), left: Some("(CASE c.backout_value::text WHEN 'BUILDING' THEN 'PENDING' ELSE c.backout_value::text END)::text") }
--   Aside { schema: "public", table: "ew", column: Some("list"), copy_schema: "backout_undone_1", copy: "value_16411_5", by: TextKey(["id"]), left: Some("(pg_catalog.array_remove(c.backout_value::text[], 'BUILDING'))::text") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16411_3", forced: None, otherwise: "values of column public.ew.status are ones that its type did not have before; they lie in backout_undone_1.value_16411_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16411_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16411_5", forced: None, otherwise: "values of column public.ew.list are ones that its type did not have before; they lie in backout_undone_1.value_16411_5", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16411_5; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
