-- locks:
--   public.tc, ACCESS EXCLUSIVE

-- before the locks:
-- column public.tc.v
CREATE TABLE backout_archive_1.type_133970_3_left (id text, backout_value text);
-- column public.tc.v
CREATE FUNCTION backout_archive_1.type_133970_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_133970_3 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::integer)::numeric)::text IS NULL OR ((($2::integer)::numeric)::integer)::text = $2 THEN RETURN (($2::integer)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_133970_3_left VALUES ($1, $2); RETURN NULL; END';
-- column public.tc.b
CREATE TABLE backout_archive_1.type_133970_5_left (id text, backout_value text);
-- column public.tc.b
CREATE FUNCTION backout_archive_1.type_133970_5_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_133970_5 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::integer)::boolean)::text IS NULL OR ((($2::integer)::boolean)::integer)::text = $2 THEN RETURN (($2::integer)::boolean)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_133970_5_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- column public.tc.kb
ALTER TABLE public.tc RENAME COLUMN size TO kb;
-- column public.tc.kb
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::bigint)::integer)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.tc ALTER COLUMN kb TYPE integer USING backout_undone_1.misfits_16410_2_back(ROW(id)::text, kb::text)::integer", "DROP FUNCTION backout_undone_1.misfits_16410_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_2", otherwise: "values of column public.tc.kb that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.tc ALTER COLUMN kb TYPE integer USING kb::integer;
-- column public.tc.v
ALTER TABLE public.tc ALTER COLUMN v TYPE numeric USING backout_archive_1.type_133970_3_back(id::text, v::text)::numeric;
-- column public.tc.b
ALTER TABLE public.tc ALTER COLUMN b TYPE boolean USING backout_archive_1.type_133970_5_back(id::text, b::text)::boolean;

-- closing:
-- column public.tc.v
DROP FUNCTION backout_archive_1.type_133970_3_back;
-- column public.tc.b
DROP FUNCTION backout_archive_1.type_133970_5_back;

-- parts:
--   column public.tc.b
--   column public.tc.id
--   column public.tc.kb
--   column public.tc.v
--   column public.tc.w
--   constraint tc_pkey on public.tc
--   index public.tc_pkey
--   table public.tc

-- renumbered:
--   (#pg_class:16410:1, "column public.tc.id")
--   (#pg_class:16410:2, "column public.tc.kb")
--   (#pg_class:16410:3, "column public.tc.v")
--   (#pg_class:16410:4, "column public.tc.w")
--   (#pg_class:16410:5, "column public.tc.b")
--   (#pg_class:16411:0, "index public.tc_pkey")
--   (#pg_constraint:16412:0, "constraint tc_pkey on public.tc")

-- may be set aside:
--   Aside { schema: "public", table: "tc", column: Some("size"), copy_schema: "backout_undone_1", copy: "misfits_16410_2", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "tc", column: Some("v"), copy_schema: "backout_archive_1", copy: "type_133970_3_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "tc", column: Some("b"), copy_schema: "backout_archive_1", copy: "type_133970_5_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_133970_3_left", forced: None, otherwise: "values of column public.tc.v that were written since do not fit its former type; they lie in backout_archive_1.type_133970_3_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_133970_5_left", forced: None, otherwise: "values of column public.tc.b that were written since do not fit its former type; they lie in backout_archive_1.type_133970_5_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bigint)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.tc t WHERE t.size IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.size::text)", keys: Some("SELECT ROW(t.id)::text FROM public.tc t WHERE t.size IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.size::text) LIMIT 5"), object: "column public.tc.kb", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::integer)::numeric)::integer)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.tc t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_133970_3 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text)", keys: Some("SELECT ROW(t.id)::text FROM public.tc t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_133970_3 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text) LIMIT 5"), object: "column public.tc.v", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_5(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::integer)::boolean) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.tc t WHERE t.b IS NOT NULL AND NOT pg_temp.backout_fits_16410_5(t.b::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_133970_5 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.b::text)", keys: Some("SELECT ROW(t.id)::text FROM public.tc t WHERE t.b IS NOT NULL AND NOT pg_temp.backout_fits_16410_5(t.b::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_133970_5 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.b::text) LIMIT 5"), object: "column public.tc.b", otherwise: "values that do not fit its former type are set aside or cut" }
