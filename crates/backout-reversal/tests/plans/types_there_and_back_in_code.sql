-- locks:
--   public.nk, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.nk.w
CREATE TABLE backout_undone_1.type_16410_3 (id text, backout_value text);

-- steps:
-- column public.nk.w
INSERT INTO backout_undone_1.type_16410_3 SELECT t.id::text, t.w::text FROM public.nk t WHERE ((t.w::numeric)::numeric(9,1))::text IS DISTINCT FROM t.w::text;
-- column public.nk.w
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::numeric(9,1))::numeric)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.nk ALTER COLUMN w TYPE numeric USING backout_undone_1.misfits_16410_3_back(ROW(id)::text, w::text)::numeric", "DROP FUNCTION backout_undone_1.misfits_16410_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_3", otherwise: "values of column public.nk.w that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.nk ALTER COLUMN w TYPE numeric USING w::numeric;

-- parts:
--   column public.nk.id
--   column public.nk.v
--   column public.nk.w
--   constraint nk_pkey on public.nk
--   index public.nk_pkey
--   table public.nk

-- renumbered:
--   (#pg_class:16410:1, "column public.nk.id")
--   (#pg_class:16410:2, "column public.nk.v")
--   (#pg_class:16410:3, "column public.nk.w")
--   (#pg_class:16411:0, "index public.nk_pkey")
--   (#pg_constraint:16412:0, "constraint nk_pkey on public.nk")

-- may be set aside:
--   Aside { schema: "public", table: "nk", column: Some("w"), copy_schema: "backout_undone_1", copy: "type_16410_3", by: TextKey(["id"]), left: Some("(((c.backout_value::numeric(9,1))::numeric)::numeric(9,1))::text") }
--   Aside { schema: "public", table: "nk", column: Some("w"), copy_schema: "backout_undone_1", copy: "misfits_16410_3", by: RowOfKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16410_3", forced: None, otherwise: "values of column public.nk.w that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16410_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16410_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::numeric(9,1))::numeric)::numeric(9,1))::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nk t WHERE t.w IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.w::text)", keys: Some("SELECT ROW(t.id)::text FROM public.nk t WHERE t.w IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.w::text) LIMIT 5"), object: "column public.nk.w", otherwise: "values that do not fit its former type are set aside or cut" }
