-- locks:
--   public.dat, ACCESS EXCLUSIVE

-- steps:
-- domain public.da
CREATE DOMAIN public.da AS text[];
-- column public.dat.x
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::text::public.da)::text; EXCEPTION WHEN data_exception OR check_violation THEN BEGIN SELECT ((k.backout_old)::text::public.da)::text INTO former FROM backout_undone_1.misfits_16411_2_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation THEN NULL; END; INSERT INTO backout_undone_1.misfits_16411_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16411_2_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(x::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_2::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_156439_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16411_2_known (backout_row)", "ALTER TABLE public.dat ALTER COLUMN x TYPE public.da USING backout_undone_1.misfits_16411_2_back(ROW(id)::text, x::text)::text::public.da", "DROP FUNCTION backout_undone_1.misfits_16411_2_back(text, text)", "DROP TABLE backout_undone_1.misfits_16411_2_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_2", otherwise: "values of column public.dat.x that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: ["DO $backout$ BEGIN DROP TABLE backout_undone_1.misfits_16411_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$"] }
ALTER TABLE public.dat ALTER COLUMN x TYPE public.da USING x::text::public.da;
-- column public.dat.y
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::text::public.da[])::text; EXCEPTION WHEN data_exception OR check_violation THEN BEGIN SELECT ((k.backout_old)::text::public.da[])::text INTO former FROM backout_undone_1.misfits_16411_3_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation THEN NULL; END; INSERT INTO backout_undone_1.misfits_16411_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16411_3_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(y::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_3::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_156439_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16411_3_known (backout_row)", "ALTER TABLE public.dat ALTER COLUMN y TYPE public.da[] USING backout_undone_1.misfits_16411_3_back(ROW(id)::text, y::text)::text::public.da[]", "DROP FUNCTION backout_undone_1.misfits_16411_3_back(text, text)", "DROP TABLE backout_undone_1.misfits_16411_3_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_3", otherwise: "values of column public.dat.y that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: ["DO $backout$ BEGIN DROP TABLE backout_undone_1.misfits_16411_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$"] }
ALTER TABLE public.dat ALTER COLUMN y TYPE public.da[] USING y::text::public.da[];
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.dat
--   expected: 1 rows, otherwise rows of table public.dat were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.dat t SET x = m.x::text::public.da FROM backout_archive_1.rows_156439_1 m JOIN backout_archive_1.rows_156439_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.x::text IS NOT DISTINCT FROM p.x::text OR t.x::text IS NOT DISTINCT FROM m.x::text);
-- table public.dat
--   only after a shortfall
UPDATE ONLY public.dat t SET x = CASE WHEN t.x::text IS NOT DISTINCT FROM p.x::text THEN m.x::text::public.da ELSE t.x END FROM backout_archive_1.rows_156439_1 m JOIN backout_archive_1.rows_156439_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.x::text IS NOT DISTINCT FROM p.x::text AND m.x::text IS DISTINCT FROM p.x::text));

-- parts:
--   column public.dat.id
--   column public.dat.x
--   column public.dat.y
--   constraint dat_pkey on public.dat
--   index public.dat_pkey
--   table public.dat

-- renumbered:
--   (#pg_type:16410:0, "domain public.da")
--   (#pg_class:16411:1, "column public.dat.id")
--   (#pg_class:16411:2, "column public.dat.x")
--   (#pg_class:16411:3, "column public.dat.y")
--   (#pg_class:16412:0, "index public.dat_pkey")
--   (#pg_constraint:16413:0, "constraint dat_pkey on public.dat")

-- may be set aside:
--   Aside { schema: "public", table: "dat", column: Some("x"), copy_schema: "backout_undone_1", copy: "misfits_16411_2", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "dat", column: Some("y"), copy_schema: "backout_undone_1", copy: "misfits_16411_3", by: RowOfKey(["id"]), left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16411_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::text::public.da) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.dat t WHERE t.x IS NOT NULL AND NOT pg_temp.backout_fits_16411_2(t.x::text)", keys: Some("SELECT ROW(t.id)::text FROM public.dat t WHERE t.x IS NOT NULL AND NOT pg_temp.backout_fits_16411_2(t.x::text) LIMIT 5"), object: "column public.dat.x", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16411_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::text::public.da[]) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.dat t WHERE t.y IS NOT NULL AND NOT pg_temp.backout_fits_16411_3(t.y::text)", keys: Some("SELECT ROW(t.id)::text FROM public.dat t WHERE t.y IS NOT NULL AND NOT pg_temp.backout_fits_16411_3(t.y::text) LIMIT 5"), object: "column public.dat.y", otherwise: "values that do not fit its former type are set aside or cut" }
