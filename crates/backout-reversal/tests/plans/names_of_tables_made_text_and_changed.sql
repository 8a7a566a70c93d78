-- locks:
--   public.rt, ACCESS EXCLUSIVE

-- before the locks:
-- column public.rt.v
CREATE TABLE backout_archive_1.type_162494_2_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(v::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_2::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_162494_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL;
-- column public.rt.v
CREATE INDEX ON backout_archive_1.type_162494_2_known (backout_row);
-- column public.rt.v
CREATE TABLE backout_archive_1.type_162494_2_left (id text, backout_value text);
-- column public.rt.v
CREATE FUNCTION backout_archive_1.type_162494_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_162494_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF ((ARRAY[($2::text)::text]::text::regclass[])[1])::text IS NULL OR (((ARRAY[($2::text)::text]::text::regclass[])[1])::text)::text = $2 THEN RETURN ((ARRAY[($2::text)::text]::text::regclass[])[1])::text; END IF; EXCEPTION WHEN others THEN NULL; END; SELECT k.backout_old INTO found_one FROM backout_archive_1.type_162494_2_known k WHERE k.backout_row = ROW($1)::text AND k.backout_new = $2; IF FOUND THEN RETURN found_one; END IF; INSERT INTO backout_archive_1.type_162494_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- column public.rt.v
ALTER TABLE public.rt ALTER COLUMN v TYPE regclass USING (ARRAY[backout_archive_1.type_162494_2_back(id::text, v::text)::text]::text::regclass[])[1];
-- column public.rt.y
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::regtype)::text; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN BEGIN SELECT ((k.backout_old)::regtype)::text INTO former FROM backout_undone_1.misfits_16410_3_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN NULL; END; INSERT INTO backout_undone_1.misfits_16410_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16410_3_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(y::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_3::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_162494_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16410_3_known (backout_row)", "ALTER TABLE public.rt ALTER COLUMN y TYPE regtype USING backout_undone_1.misfits_16410_3_back(ROW(id)::text, y::text)::regtype", "DROP FUNCTION backout_undone_1.misfits_16410_3_back(text, text)", "DROP TABLE backout_undone_1.misfits_16410_3_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_3", otherwise: "values of column public.rt.y that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: ["DO $backout$ BEGIN DROP TABLE backout_undone_1.misfits_16410_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$"] }
ALTER TABLE public.rt ALTER COLUMN y TYPE regtype USING y::regtype;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.rt
--   expected: 3 rows, otherwise rows of table public.rt were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.rt t SET v = (ARRAY[m.v::text]::text::regclass[])[1], y = m.y::regtype FROM backout_archive_1.rows_162494_1 m JOIN backout_archive_1.rows_162494_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.v::text IS NOT DISTINCT FROM p.v::text OR t.v::text IS NOT DISTINCT FROM m.v::text) AND (t.y::text IS NOT DISTINCT FROM p.y::text OR t.y::text IS NOT DISTINCT FROM m.y::text);
-- table public.rt
--   only after a shortfall
UPDATE ONLY public.rt t SET v = CASE WHEN t.v::text IS NOT DISTINCT FROM p.v::text THEN (ARRAY[m.v::text]::text::regclass[])[1] ELSE t.v END, y = CASE WHEN t.y::text IS NOT DISTINCT FROM p.y::text THEN m.y::regtype ELSE t.y END FROM backout_archive_1.rows_162494_1 m JOIN backout_archive_1.rows_162494_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.v::text IS NOT DISTINCT FROM p.v::text AND m.v::text IS DISTINCT FROM p.v::text) OR (t.y::text IS NOT DISTINCT FROM p.y::text AND m.y::text IS DISTINCT FROM p.y::text));

-- closing:
-- column public.rt.v
DROP TABLE backout_archive_1.type_162494_2_known;
-- column public.rt.v
DROP FUNCTION backout_archive_1.type_162494_2_back;

-- parts:
--   column public.rt.id
--   column public.rt.v
--   column public.rt.y
--   constraint rt_pkey on public.rt
--   index public.rt_pkey
--   table public.rt

-- renumbered:
--   (#pg_class:16410:1, "column public.rt.id")
--   (#pg_class:16410:2, "column public.rt.v")
--   (#pg_class:16410:3, "column public.rt.y")
--   (#pg_class:16411:0, "index public.rt_pkey")
--   (#pg_constraint:16412:0, "constraint rt_pkey on public.rt")

-- may be set aside:
--   Aside { schema: "public", table: "rt", column: Some("v"), copy_schema: "backout_archive_1", copy: "type_162494_2_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "rt", column: Some("y"), copy_schema: "backout_undone_1", copy: "misfits_16410_3", by: RowOfKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_162494_2_left", forced: None, otherwise: "values of column public.rt.v that were written since do not fit its former type; they lie in backout_archive_1.type_162494_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((ARRAY[($1::text)::text]::text::regclass[])[1]) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN RETURN false; END'"), count: "SELECT count(*) FROM public.rt t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_162494_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text)", keys: Some("SELECT ROW(t.id)::text FROM public.rt t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_162494_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text) LIMIT 5"), object: "column public.rt.v", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::regtype) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN RETURN false; END'"), count: "SELECT count(*) FROM public.rt t WHERE t.y IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.y::text)", keys: Some("SELECT ROW(t.id)::text FROM public.rt t WHERE t.y IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.y::text) LIMIT 5"), object: "column public.rt.y", otherwise: "values that do not fit its former type are set aside or cut" }
