-- locks:
--   public.ga, ACCESS EXCLUSIVE
--   public.gf, ACCESS EXCLUSIVE
--   public.gg, ACCESS EXCLUSIVE
--   public.gz, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.gz.k
CREATE TABLE backout_undone_1.value_16414_2 (id text, backout_value text);
-- column public.ga.v
CREATE TABLE backout_undone_1.type_16410_2 (id text, backout_value text);

-- steps:
-- what the migration added
ALTER TABLE public.gf SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE public.gg SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.gf RENAME TO "16418 gf";
-- what the migration added
ALTER TABLE backout_undone_1.gg RENAME TO "16419 gg";
-- type public.gy
ALTER TYPE public.gy RENAME TO backout_rebuilt_16413;
-- type public.gy
CREATE TYPE public.gy AS ENUM ('x');
-- column public.gz.k
INSERT INTO backout_undone_1.value_16414_2 SELECT t.id::text, t.k::text FROM public.gz t WHERE t.k::text IN ('y');
-- table public.gz
ALTER TABLE public.gz ALTER COLUMN k TYPE public.gy USING (NULLIF(k::text, 'y'))::public.gy;
-- type public.gy
ALTER TYPE public.backout_rebuilt_16413 SET SCHEMA backout_undone_1;
-- column public.ga.v
INSERT INTO backout_undone_1.type_16410_2 SELECT t.id::text, t.v::text FROM public.ga t WHERE ((t.v::character varying(5))::text)::text IS DISTINCT FROM t.v::text;
-- column public.ga.v
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::character varying(5))::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.ga ALTER COLUMN v TYPE character varying(5) USING backout_undone_1.misfits_16410_2_back(ROW(id)::text, v::text)::character varying(5)", "DROP FUNCTION backout_undone_1.misfits_16410_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_2", otherwise: "values of column public.ga.v that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.ga ALTER COLUMN v TYPE character varying(5) USING v::character varying(5);

-- tail:
-- table public.gz: analyze
ANALYZE public.gz;

-- parts:
--   column public.ga.id
--   column public.ga.v
--   constraint ga_pkey on public.ga
--   index public.ga_pkey
--   table public.ga

-- renumbered:
--   (#pg_type:16413:0, "type public.gy")
--   (#pg_class:16410:1, "column public.ga.id")
--   (#pg_class:16410:2, "column public.ga.v")
--   (#pg_class:16411:0, "index public.ga_pkey")
--   (#pg_class:16414:1, "column public.gz.id")
--   (#pg_class:16414:2, "column public.gz.k")
--   (#pg_class:16415:0, "index public.gz_pkey")
--   (#pg_constraint:16412:0, "constraint ga_pkey on public.ga")
--   (#pg_constraint:16416:0, "constraint gz_pkey on public.gz")

-- moved aside:
--   Moved { id: #pg_class:16418:0, identity: "table public.gf", from_schema: "public", to_schema: "backout_undone_1", name: "gf", kept_as: "16418 gf" }
--   Moved { id: #pg_class:16419:0, identity: "table public.gg", from_schema: "public", to_schema: "backout_undone_1", name: "gg", kept_as: "16419 gg" }

-- set aside:
--   SetAside { table: "public.gz", column: "k", copy: "backout_undone_1.value_16414_2", count: "SELECT greatest(count(*), 0)::bigint FROM public.gz t WHERE t.k::text IN ('y')" }

-- may be set aside:
--   Aside { schema: "public", table: "gz", column: Some("k"), copy_schema: "backout_undone_1", copy: "value_16414_2", by: TextKey(["id"]), left: Some("(NULLIF(c.backout_value::text, 'y'))::text") }
--   Aside { schema: "public", table: "ga", column: Some("v"), copy_schema: "backout_undone_1", copy: "type_16410_2", by: TextKey(["id"]), left: Some("(((c.backout_value::text)::character varying(5))::text)::text") }
--   Aside { schema: "public", table: "ga", column: Some("v"), copy_schema: "backout_undone_1", copy: "misfits_16410_2", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "gf", column: None, copy_schema: "backout_undone_1", copy: "16418 gf", by: Rows, left: None }
--   Aside { schema: "public", table: "gg", column: None, copy_schema: "backout_undone_1", copy: "16419 gg", by: Rows, left: None }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16414_2", forced: None, otherwise: "values of column public.gz.k are ones that its type did not have before; they lie in backout_undone_1.value_16414_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16414_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16410_2", forced: None, otherwise: "values of column public.ga.v that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16410_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16410_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::text)::character varying(5))::text)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.ga t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.v::text)", keys: Some("SELECT ROW(t.id)::text FROM public.ga t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.v::text) LIMIT 5"), object: "column public.ga.v", otherwise: "values that do not fit its former type are set aside or cut" }
