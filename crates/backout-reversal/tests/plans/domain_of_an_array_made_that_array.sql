-- locks:
--   public.dat, ACCESS EXCLUSIVE

-- steps:
-- domain public.da
CREATE DOMAIN public.da AS integer[];
-- column public.dat.x
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16412_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16412_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::integer[])::text::public.da)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16412_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.dat ALTER COLUMN x TYPE public.da USING backout_undone_1.misfits_16412_2_back(ROW(id)::text, x::text)::text::public.da", "DROP FUNCTION backout_undone_1.misfits_16412_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16412_2", otherwise: "values of column public.dat.x that were written since do not fit its former type; they lie in backout_undone_1.misfits_16412_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.dat ALTER COLUMN x TYPE public.da USING x::text::public.da;
-- constraint da_check on public.da
--   or else: Fallback { statements: ["ALTER DOMAIN public.da ADD CONSTRAINT da_check CHECK ((VALUE <> '{7}'::integer[])) NOT VALID"], count: "SELECT 'constraint da_check on public.da'", otherwise: "holds only for values to come, since some that were written since do not fit it; mend them", mend: ["ALTER DOMAIN public.da VALIDATE CONSTRAINT da_check"], nullable: [], loosens: Some("constraint da_check on public.da"), rows: None, if_none: [] }
ALTER DOMAIN public.da ADD CONSTRAINT da_check CHECK ((VALUE <> '{7}'::integer[]));

-- parts:
--   column public.dat.id
--   column public.dat.x
--   constraint dat_pkey on public.dat
--   index public.dat_pkey
--   table public.dat

-- renumbered:
--   (#pg_type:16410:0, "domain public.da")
--   (#pg_class:16412:1, "column public.dat.id")
--   (#pg_class:16412:2, "column public.dat.x")
--   (#pg_class:16413:0, "index public.dat_pkey")
--   (#pg_constraint:16411:0, "constraint da_check on public.da")
--   (#pg_constraint:16414:0, "constraint dat_pkey on public.dat")

-- may be set aside:
--   Aside { schema: "public", table: "dat", column: Some("x"), copy_schema: "backout_undone_1", copy: "misfits_16412_2", by: RowOfKey(["id"]), left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16412_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::integer[])::text::public.da) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.dat t WHERE t.x IS NOT NULL AND NOT pg_temp.backout_fits_16412_2(t.x::text)", keys: Some("SELECT ROW(t.id)::text FROM public.dat t WHERE t.x IS NOT NULL AND NOT pg_temp.backout_fits_16412_2(t.x::text) LIMIT 5"), object: "column public.dat.x", otherwise: "values that do not fit its former type are set aside or cut" }
