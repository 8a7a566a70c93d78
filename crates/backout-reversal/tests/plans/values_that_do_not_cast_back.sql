-- locks:
--   public.vc, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
DROP INDEX IF EXISTS public.vc_u_idx CASCADE;
-- column public.vc.u
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::uuid)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.vc ALTER COLUMN u TYPE uuid USING backout_undone_1.misfits_16410_2_back(ROW(id)::text, u::text)::uuid", "DROP FUNCTION backout_undone_1.misfits_16410_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_2", otherwise: "values of column public.vc.u that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.vc ALTER COLUMN u TYPE uuid USING u::uuid;
-- column public.vc.n
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::bigint)::integer)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.vc ALTER COLUMN n TYPE integer USING backout_undone_1.misfits_16410_3_back(ROW(id)::text, n::text)::integer", "DROP FUNCTION backout_undone_1.misfits_16410_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_3", otherwise: "values of column public.vc.n that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.vc ALTER COLUMN n TYPE integer USING n::integer;
-- index public.vc_u_idx
CREATE INDEX vc_u_idx ON public.vc USING btree (u);

-- parts:
--   column public.vc.id
--   column public.vc.n
--   column public.vc.u
--   column public.vc.v
--   constraint vc_pkey on public.vc
--   index public.vc_pkey
--   index public.vc_u_idx
--   table public.vc

-- renumbered:
--   (#pg_class:16410:1, "column public.vc.id")
--   (#pg_class:16410:2, "column public.vc.u")
--   (#pg_class:16410:3, "column public.vc.n")
--   (#pg_class:16410:4, "column public.vc.v")
--   (#pg_class:16411:0, "index public.vc_pkey")
--   (#pg_class:16413:0, "index public.vc_u_idx")
--   (#pg_constraint:16412:0, "constraint vc_pkey on public.vc")

-- may be set aside:
--   Aside { schema: "public", table: "vc", column: Some("u"), copy_schema: "backout_undone_1", copy: "misfits_16410_2", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "vc", column: Some("n"), copy_schema: "backout_undone_1", copy: "misfits_16410_3", by: RowOfKey(["id"]), left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::uuid) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.vc t WHERE t.u IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.u::text)", keys: Some("SELECT ROW(t.id)::text FROM public.vc t WHERE t.u IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.u::text) LIMIT 5"), object: "column public.vc.u", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bigint)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.vc t WHERE t.n IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.n::text)", keys: Some("SELECT ROW(t.id)::text FROM public.vc t WHERE t.n IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.n::text) LIMIT 5"), object: "column public.vc.n", otherwise: "values that do not fit its former type are set aside or cut" }
