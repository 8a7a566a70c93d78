-- locks:
--   public.nv, ACCESS EXCLUSIVE

-- steps:
-- column public.nv.d
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::date)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.nv ALTER COLUMN d DROP NOT NULL", "ALTER TABLE public.nv ALTER COLUMN d TYPE date USING backout_undone_1.misfits_16410_2_back(ROW(id)::text, d::text)::date", "DROP FUNCTION backout_undone_1.misfits_16410_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_2", otherwise: "values of column public.nv.d that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_2, by the key of their rows", nullable: [("public.nv", "d")], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.nv ALTER COLUMN d TYPE date USING d::date;

-- parts:
--   column public.nv.d
--   column public.nv.id
--   constraint nv_pkey on public.nv
--   index public.nv_pkey
--   table public.nv

-- renumbered:
--   (#pg_class:16410:1, "column public.nv.id")
--   (#pg_class:16410:2, "column public.nv.d")
--   (#pg_class:16411:0, "index public.nv_pkey")
--   (#pg_constraint:16412:0, "constraint nv_pkey on public.nv")

-- may be set aside:
--   Aside { schema: "public", table: "nv", column: Some("d"), copy_schema: "backout_undone_1", copy: "misfits_16410_2", by: RowOfKey(["id"]), left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::date) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nv t WHERE t.d IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.d::text)", keys: Some("SELECT ROW(t.id)::text FROM public.nv t WHERE t.d IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.d::text) LIMIT 5"), object: "column public.nv.d", otherwise: "values that do not fit its former type are set aside or cut" }
