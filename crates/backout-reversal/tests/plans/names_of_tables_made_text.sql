-- locks:
--   public.rt, ACCESS EXCLUSIVE

-- before the locks:
-- column public.rt.v
CREATE TABLE backout_archive_1.type_162000_2_left (id text, backout_value text);
-- column public.rt.v
CREATE FUNCTION backout_archive_1.type_162000_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_162000_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF ((ARRAY[($2::text)::text]::text::regclass[])[1])::text IS NULL OR (((ARRAY[($2::text)::text]::text::regclass[])[1])::text)::text = $2 THEN RETURN ((ARRAY[($2::text)::text]::text::regclass[])[1])::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_162000_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- column public.rt.v
ALTER TABLE public.rt ALTER COLUMN v TYPE regclass USING (ARRAY[backout_archive_1.type_162000_2_back(id::text, v::text)::text]::text::regclass[])[1];
-- column public.rt.p
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::regprocedure)::text; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN  INSERT INTO backout_undone_1.misfits_16410_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.rt ALTER COLUMN p TYPE regprocedure USING backout_undone_1.misfits_16410_3_back(ROW(id)::text, p::text)::regprocedure", "DROP FUNCTION backout_undone_1.misfits_16410_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_3", otherwise: "values of column public.rt.p that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.rt ALTER COLUMN p TYPE regprocedure USING p::regprocedure;
-- column public.rt.y
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_4 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_4_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::regtype)::text; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN  INSERT INTO backout_undone_1.misfits_16410_4 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.rt ALTER COLUMN y TYPE regtype USING backout_undone_1.misfits_16410_4_back(ROW(id)::text, y::text)::regtype", "DROP FUNCTION backout_undone_1.misfits_16410_4_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_4", otherwise: "values of column public.rt.y that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_4, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.rt ALTER COLUMN y TYPE regtype USING y::regtype;
-- column public.rt.l
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_5 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_5_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::regclass[])::text; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN  INSERT INTO backout_undone_1.misfits_16410_5 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.rt ALTER COLUMN l TYPE regclass[] USING backout_undone_1.misfits_16410_5_back(ROW(id)::text, l::text)::regclass[]", "DROP FUNCTION backout_undone_1.misfits_16410_5_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_5", otherwise: "values of column public.rt.l that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_5, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.rt ALTER COLUMN l TYPE regclass[] USING l::regclass[];
-- column public.rt.r
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_6 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_6_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::character varying(70))::regrole)::text; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN  INSERT INTO backout_undone_1.misfits_16410_6 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.rt ALTER COLUMN r TYPE regrole USING backout_undone_1.misfits_16410_6_back(ROW(id)::text, r::text)::regrole", "DROP FUNCTION backout_undone_1.misfits_16410_6_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_6", otherwise: "values of column public.rt.r that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_6, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.rt ALTER COLUMN r TYPE regrole USING r::regrole;

-- closing:
-- column public.rt.v
DROP FUNCTION backout_archive_1.type_162000_2_back;

-- parts:
--   column public.rt.id
--   column public.rt.l
--   column public.rt.p
--   column public.rt.r
--   column public.rt.v
--   column public.rt.y
--   constraint rt_pkey on public.rt
--   index public.rt_pkey
--   table public.rt

-- renumbered:
--   (#pg_class:16410:1, "column public.rt.id")
--   (#pg_class:16410:2, "column public.rt.v")
--   (#pg_class:16410:3, "column public.rt.p")
--   (#pg_class:16410:4, "column public.rt.y")
--   (#pg_class:16410:5, "column public.rt.l")
--   (#pg_class:16410:6, "column public.rt.r")
--   (#pg_class:16411:0, "index public.rt_pkey")
--   (#pg_constraint:16412:0, "constraint rt_pkey on public.rt")

-- may be set aside:
--   Aside { schema: "public", table: "rt", column: Some("v"), copy_schema: "backout_archive_1", copy: "type_162000_2_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "rt", column: Some("p"), copy_schema: "backout_undone_1", copy: "misfits_16410_3", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "rt", column: Some("y"), copy_schema: "backout_undone_1", copy: "misfits_16410_4", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "rt", column: Some("l"), copy_schema: "backout_undone_1", copy: "misfits_16410_5", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "rt", column: Some("r"), copy_schema: "backout_undone_1", copy: "misfits_16410_6", by: RowOfKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_162000_2_left", forced: None, otherwise: "values of column public.rt.v that were written since do not fit its former type; they lie in backout_archive_1.type_162000_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((ARRAY[($1::text)::text]::text::regclass[])[1]) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN RETURN false; END'"), count: "SELECT count(*) FROM public.rt t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_162000_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text)", keys: Some("SELECT ROW(t.id)::text FROM public.rt t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_162000_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text) LIMIT 5"), object: "column public.rt.v", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::regprocedure) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN RETURN false; END'"), count: "SELECT count(*) FROM public.rt t WHERE t.p IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.p::text)", keys: Some("SELECT ROW(t.id)::text FROM public.rt t WHERE t.p IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.p::text) LIMIT 5"), object: "column public.rt.p", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_4(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::regtype) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN RETURN false; END'"), count: "SELECT count(*) FROM public.rt t WHERE t.y IS NOT NULL AND NOT pg_temp.backout_fits_16410_4(t.y::text)", keys: Some("SELECT ROW(t.id)::text FROM public.rt t WHERE t.y IS NOT NULL AND NOT pg_temp.backout_fits_16410_4(t.y::text) LIMIT 5"), object: "column public.rt.y", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_5(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::regclass[]) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN RETURN false; END'"), count: "SELECT count(*) FROM public.rt t WHERE t.l IS NOT NULL AND NOT pg_temp.backout_fits_16410_5(t.l::text)", keys: Some("SELECT ROW(t.id)::text FROM public.rt t WHERE t.l IS NOT NULL AND NOT pg_temp.backout_fits_16410_5(t.l::text) LIMIT 5"), object: "column public.rt.l", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_6(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::character varying(70))::regrole) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN RETURN false; END'"), count: "SELECT count(*) FROM public.rt t WHERE t.r IS NOT NULL AND NOT pg_temp.backout_fits_16410_6(t.r::text)", keys: Some("SELECT ROW(t.id)::text FROM public.rt t WHERE t.r IS NOT NULL AND NOT pg_temp.backout_fits_16410_6(t.r::text) LIMIT 5"), object: "column public.rt.r", otherwise: "values that do not fit its former type are set aside or cut" }
