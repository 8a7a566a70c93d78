-- locks:
--   public.names, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.names.name
CREATE TABLE backout_undone_1.type_16410_2 (id text, backout_value text);

-- steps:
-- column public.names.name
INSERT INTO backout_undone_1.type_16410_2 SELECT t.id::text, t.name::text FROM public.names t WHERE ((t.name::character varying(20))::character varying(200))::text IS DISTINCT FROM t.name::text;
-- column public.names.name
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::character varying(200))::character varying(20))::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.names ALTER COLUMN name TYPE character varying(20) USING backout_undone_1.misfits_16410_2_back(ROW(id)::text, name::text)::character varying(20)", "DROP FUNCTION backout_undone_1.misfits_16410_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_2", otherwise: "values of column public.names.name that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.names ALTER COLUMN name TYPE character varying(20) USING name::character varying(20);

-- parts:
--   column public.names.id
--   column public.names.name
--   constraint names_pkey on public.names
--   index public.names_pkey
--   table public.names

-- renumbered:
--   (#pg_class:16410:1, "column public.names.id")
--   (#pg_class:16410:2, "column public.names.name")
--   (#pg_class:16411:0, "index public.names_pkey")
--   (#pg_constraint:16412:0, "constraint names_pkey on public.names")

-- may be set aside:
--   Aside { schema: "public", table: "names", column: Some("name"), copy_schema: "backout_undone_1", copy: "type_16410_2", by: TextKey(["id"]), left: Some("(((c.backout_value::character varying(200))::character varying(20))::character varying(200))::text") }
--   Aside { schema: "public", table: "names", column: Some("name"), copy_schema: "backout_undone_1", copy: "misfits_16410_2", by: RowOfKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16410_2", forced: None, otherwise: "values of column public.names.name that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16410_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16410_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::character varying(200))::character varying(20))::character varying(200))::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.names t WHERE t.name IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.name::text)", keys: Some("SELECT ROW(t.id)::text FROM public.names t WHERE t.name IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.name::text) LIMIT 5"), object: "column public.names.name", otherwise: "values that do not fit its former type are set aside or cut" }
