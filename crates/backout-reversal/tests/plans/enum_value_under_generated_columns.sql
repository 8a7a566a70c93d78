-- locks:
--   public.eg, ACCESS EXCLUSIVE
--   public.egq, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.eg.plain
CREATE TABLE backout_undone_1.value_16413_5 (key text, backout_value text);

-- steps:
-- view public.egv
DROP VIEW IF EXISTS public.egv CASCADE;
-- index public.eg_new
DROP INDEX IF EXISTS public.eg_new CASCADE;
-- index public.eg_done
DROP INDEX IF EXISTS public.eg_done CASCADE;
-- index public.eg_state
DROP INDEX IF EXISTS public.eg_state CASCADE;
-- constraint eg_check on public.eg
ALTER TABLE public.eg DROP CONSTRAINT IF EXISTS eg_check CASCADE;
-- column public.eg.same
ALTER TABLE public.eg DROP COLUMN IF EXISTS same CASCADE;
-- column public.eg.done
ALTER TABLE public.eg DROP COLUMN IF EXISTS done CASCADE;
-- column public.eg.state
ALTER TABLE public.eg DROP COLUMN IF EXISTS state CASCADE;
-- constraint eg_pkey on public.eg
ALTER TABLE public.eg DROP CONSTRAINT IF EXISTS eg_pkey CASCADE;
-- default public.eg.plain
ALTER TABLE ONLY public.eg ALTER COLUMN plain DROP DEFAULT;
-- function public.egd(public.egs)
DROP FUNCTION IF EXISTS public.egd(public.egs) CASCADE;
-- function public.egf(text)
DROP FUNCTION IF EXISTS public.egf(text) CASCADE;
-- what the migration added
ALTER TABLE public.egq SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.egq RENAME TO "16422 egq";
-- type public.egs
ALTER TYPE public.egs RENAME TO backout_rebuilt_16410;
-- type public.egs
CREATE TYPE public.egs AS ENUM ('RUNNING', 'KILLED');
-- column public.eg.plain
INSERT INTO backout_undone_1.value_16413_5 SELECT t.key::text, t.plain::text FROM public.eg t WHERE t.plain::text IN ('QUEUED');
-- table public.eg
ALTER TABLE public.eg ALTER COLUMN plain TYPE public.egs USING (NULLIF(plain::text, 'QUEUED'))::public.egs;
-- type public.egs
ALTER TYPE public.backout_rebuilt_16410 SET SCHEMA backout_undone_1;
-- function public.egf(text)
CREATE OR REPLACE FUNCTION public.egf(text)
 RETURNS public.egs
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT $1::egs$function$
;
-- function public.egd(public.egs)
CREATE OR REPLACE FUNCTION public.egd(public.egs)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT $1 = 'RUNNING'::egs $function$
;
-- table public.eg
ALTER TABLE public.eg RENAME TO backout_rebuilt_16413;
-- table public.eg
CREATE TABLE public.eg (key character varying(20) NOT NULL, value jsonb NOT NULL, state public.egs GENERATED ALWAYS AS (public.egf((value ->> 'state'::text))) STORED, done boolean GENERATED ALWAYS AS (public.egd(public.egf((value ->> 'state'::text)))) STORED, plain public.egs, same boolean GENERATED ALWAYS AS ((plain = 'KILLED'::public.egs)) STORED, since integer GENERATED ALWAYS AS (length((key)::text)) STORED);
-- table public.eg
INSERT INTO public.eg (key, value, plain) OVERRIDING SYSTEM VALUE SELECT t.key, t.value, t.plain FROM ONLY public.backout_rebuilt_16413 t;
-- column public.eg.state
--   if all rows of public.eg have a value of state
ALTER TABLE public.eg ALTER COLUMN state SET NOT NULL;
-- table public.eg
DROP TABLE public.backout_rebuilt_16413;
-- column public.eg.state
COMMENT ON COLUMN public.eg.state IS 'it''s';
-- default public.eg.plain
ALTER TABLE ONLY public.eg ALTER COLUMN plain SET DEFAULT 'KILLED'::public.egs;
-- constraint eg_pkey on public.eg
--   may clash: Values, at once None
ALTER TABLE public.eg ADD CONSTRAINT eg_pkey PRIMARY KEY (key);
-- constraint eg_check on public.eg
ALTER TABLE public.eg ADD CONSTRAINT eg_check CHECK (((state <> 'KILLED'::public.egs) OR (since > 0))) NOT VALID;
-- index public.eg_state
CREATE INDEX eg_state ON public.eg USING btree (state, key);
-- index public.eg_done
CREATE INDEX eg_done ON public.eg USING btree (since) WHERE done;
-- view public.egv
CREATE VIEW public.egv AS  SELECT eg.key
   FROM public.eg
  WHERE (eg.state = 'RUNNING'::public.egs);

-- tail:
-- table public.eg: analyze
ANALYZE public.eg;
-- constraint eg_check on public.eg: validate, public.eg
ALTER TABLE public.eg VALIDATE CONSTRAINT eg_check;

-- rebuilt:
--   public.eg

-- remade:
--   #pg_proc:16411:0 function public.egf(text)
--   #pg_proc:16412:0 function public.egd(public.egs)
--   #pg_class:16413:0 table public.eg
--   #pg_class:16415:0 index public.eg_pkey
--   #pg_attrdef:16414:0 default public.eg.plain
--   #pg_constraint:16416:0 constraint eg_pkey on public.eg

-- parts:
--   column public.eg.done
--   column public.eg.key
--   column public.eg.plain
--   column public.eg.same
--   column public.eg.since
--   column public.eg.state
--   column public.eg.value
--   constraint eg_check on public.eg
--   constraint eg_pkey on public.eg
--   default public.eg.plain
--   index public.eg_done
--   index public.eg_pkey
--   index public.eg_state
--   table public.eg

-- renumbered:
--   (#pg_type:16410:0, "type public.egs")
--   (#pg_proc:16411:0, "function public.egf(text)")
--   (#pg_proc:16412:0, "function public.egd(public.egs)")
--   (#pg_class:16413:0, "table public.eg")
--   (#pg_class:16413:1, "column public.eg.key")
--   (#pg_class:16413:2, "column public.eg.value")
--   (#pg_class:16413:3, "column public.eg.state")
--   (#pg_class:16413:4, "column public.eg.done")
--   (#pg_class:16413:5, "column public.eg.plain")
--   (#pg_class:16413:6, "column public.eg.same")
--   (#pg_class:16413:7, "column public.eg.since")
--   (#pg_class:16415:0, "index public.eg_pkey")
--   (#pg_class:16417:0, "index public.eg_state")
--   (#pg_class:16418:0, "index public.eg_done")
--   (#pg_class:16419:0, "view public.egv")
--   (#pg_class:16419:1, "column public.egv.key")
--   (#pg_attrdef:16414:0, "default public.eg.plain")
--   (#pg_constraint:16416:0, "constraint eg_pkey on public.eg")
--   (#pg_constraint:16420:0, "constraint eg_check on public.eg")

-- moved aside:
--   Moved { id: #pg_class:16422:0, identity: "table public.egq", from_schema: "public", to_schema: "backout_undone_1", name: "egq", kept_as: "16422 egq" }

-- set aside:
--   SetAside { table: "public.eg", column: "plain", copy: "backout_undone_1.value_16413_5", count: "SELECT greatest(count(*), 0)::bigint FROM public.eg t WHERE t.plain::text IN ('QUEUED')" }

-- may be set aside:
--   Aside { schema: "public", table: "eg", column: Some("plain"), copy_schema: "backout_undone_1", copy: "value_16413_5", by: TextKey(["key"]), left: Some("(NULLIF(c.backout_value::text, 'QUEUED'))::text") }
--   Aside { schema: "public", table: "egq", column: None, copy_schema: "backout_undone_1", copy: "16422 egq", by: Rows, left: None }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16413_5", forced: None, otherwise: "values of column public.eg.plain are ones that its type did not have before; they lie in backout_undone_1.value_16413_5", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16413_5; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }

-- needs values:
--   NeedsValues { table: "public.eg", column: "state", heirs: ["public.eg"], forced: false }
