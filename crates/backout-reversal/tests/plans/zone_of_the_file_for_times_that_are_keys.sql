-- locks:
--   public.zd, ACCESS EXCLUSIVE
--   public.zk, ACCESS EXCLUSIVE

-- before the locks:
-- column public.zk.n
CREATE TABLE backout_archive_1.type_104670_2_left (at text, backout_value text);
-- column public.zk.n
CREATE FUNCTION backout_archive_1.type_104670_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_104670_2 c WHERE c.at = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::integer)::numeric)::text IS NULL OR ((($2::integer)::numeric)::integer)::text = $2 THEN RETURN (($2::integer)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_104670_2_left VALUES ($1, $2); RETURN NULL; END';
-- column public.zd.i
CREATE TABLE backout_archive_1.type_104680_3_known AS SELECT * FROM (SELECT ROW(at)::text AS backout_row, (pg_catalog.array_agg(i::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_3::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_104680_2 GROUP BY 1) s WHERE s.backout_new IS NOT NULL;
-- column public.zd.i
CREATE INDEX ON backout_archive_1.type_104680_3_known (backout_row);
-- column public.zd.i
CREATE TABLE backout_archive_1.type_104680_3_left (at text, backout_value text);
-- column public.zd.i
CREATE FUNCTION backout_archive_1.type_104680_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_104680_3 c WHERE c.at = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::text)::interval)::text IS NULL OR ((($2::text)::interval)::text)::text = $2 THEN RETURN (($2::text)::interval)::text; END IF; EXCEPTION WHEN others THEN NULL; END; SELECT k.backout_old INTO found_one FROM backout_archive_1.type_104680_3_known k WHERE k.backout_row = ROW($1)::text AND k.backout_new = $2; IF FOUND THEN RETURN found_one; END IF; INSERT INTO backout_archive_1.type_104680_3_left VALUES ($1, $2); RETURN NULL; END';
-- column public.zd.f
CREATE TABLE backout_archive_1.type_104680_4_known AS SELECT * FROM (SELECT ROW(at)::text AS backout_row, (pg_catalog.array_agg(f::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_4::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_104680_2 GROUP BY 1) s WHERE s.backout_new IS NOT NULL;
-- column public.zd.f
CREATE INDEX ON backout_archive_1.type_104680_4_known (backout_row);
-- column public.zd.f
CREATE TABLE backout_archive_1.type_104680_4_left (at text, backout_value text);
-- column public.zd.f
CREATE FUNCTION backout_archive_1.type_104680_4_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_104680_4 c WHERE c.at = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::text)::double precision)::text IS NULL OR ((($2::text)::double precision)::text)::text = $2 THEN RETURN (($2::text)::double precision)::text; END IF; EXCEPTION WHEN others THEN NULL; END; SELECT k.backout_old INTO found_one FROM backout_archive_1.type_104680_4_known k WHERE k.backout_row = ROW($1)::text AND k.backout_new = $2; IF FOUND THEN RETURN found_one; END IF; INSERT INTO backout_archive_1.type_104680_4_left VALUES ($1, $2); RETURN NULL; END';
-- table public.zd
CREATE TABLE backout_archive_1.rows_104680_2_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.at, s.d, s.i, s.f FROM (SELECT i.*, ROW(i.at, i.d, i.i, i.f)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_104680_2 i WINDOW w AS (PARTITION BY ROW(i.at, i.d, i.i, i.f)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- what the migration added
ALTER TABLE public.zk DROP CONSTRAINT IF EXISTS zk_n_check CASCADE;
-- domain public.day
CREATE DOMAIN public.day AS date;
-- column public.zk.n
ALTER TABLE public.zk ALTER COLUMN n TYPE numeric USING backout_archive_1.type_104670_2_back(at::text, n::text)::numeric;
-- column public.zd.d
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16415_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16415_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::text::public.day)::text; EXCEPTION WHEN data_exception OR check_violation THEN BEGIN SELECT ((k.backout_old)::text::public.day)::text INTO former FROM backout_undone_1.misfits_16415_2_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation THEN NULL; END; INSERT INTO backout_undone_1.misfits_16415_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16415_2_known AS SELECT * FROM (SELECT ROW(at)::text AS backout_row, (pg_catalog.array_agg(d::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_2::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_104680_2 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16415_2_known (backout_row)", "ALTER TABLE public.zd ALTER COLUMN d TYPE public.day USING backout_undone_1.misfits_16415_2_back(ROW(at)::text, d::text)::text::public.day", "DROP FUNCTION backout_undone_1.misfits_16415_2_back(text, text)", "DROP TABLE backout_undone_1.misfits_16415_2_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16415_2", otherwise: "values of column public.zd.d that were written since do not fit its former type; they lie in backout_undone_1.misfits_16415_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: ["DO $backout$ BEGIN DROP TABLE backout_undone_1.misfits_16415_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$"] }
ALTER TABLE public.zd ALTER COLUMN d TYPE public.day USING d::text::public.day;
-- column public.zd.i
ALTER TABLE public.zd ALTER COLUMN i TYPE interval USING backout_archive_1.type_104680_3_back(at::text, i::text)::interval;
-- column public.zd.f
ALTER TABLE public.zd ALTER COLUMN f TYPE double precision USING backout_archive_1.type_104680_4_back(at::text, f::text)::double precision;
-- column public.zk.gone
ALTER TABLE public.zk ADD COLUMN gone date[];
-- column public.zk.gone
UPDATE ONLY public.zk t SET gone = c.backout_value::date[] FROM backout_archive_1.column_104670_3 c WHERE t.at = c.at;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.zd
--   expected: 21 rows, otherwise rows of table public.zd were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.zd t SET d = m.d::text::public.day, i = m.i::interval, f = m.f::double precision FROM backout_archive_1.rows_104680_2_sum m JOIN backout_archive_1.rows_104680_2_sum p ON m.at = p.at WHERE NOT m.backout_new AND p.backout_new AND t.at = m.at AND (t.d::text IS NOT DISTINCT FROM p.d::text OR t.d::text IS NOT DISTINCT FROM m.d::text) AND (t.i::text IS NOT DISTINCT FROM p.i::text OR t.i::text IS NOT DISTINCT FROM m.i::text) AND (t.f::text IS NOT DISTINCT FROM p.f::text OR t.f::text IS NOT DISTINCT FROM m.f::text);
-- table public.zd
--   only after a shortfall
UPDATE ONLY public.zd t SET d = CASE WHEN t.d::text IS NOT DISTINCT FROM p.d::text THEN m.d::text::public.day ELSE t.d END, i = CASE WHEN t.i::text IS NOT DISTINCT FROM p.i::text THEN m.i::interval ELSE t.i END, f = CASE WHEN t.f::text IS NOT DISTINCT FROM p.f::text THEN m.f::double precision ELSE t.f END FROM backout_archive_1.rows_104680_2_sum m JOIN backout_archive_1.rows_104680_2_sum p ON m.at = p.at WHERE NOT m.backout_new AND p.backout_new AND t.at = m.at AND ((t.d::text IS NOT DISTINCT FROM p.d::text AND m.d::text IS DISTINCT FROM p.d::text) OR (t.i::text IS NOT DISTINCT FROM p.i::text AND m.i::text IS DISTINCT FROM p.i::text) OR (t.f::text IS NOT DISTINCT FROM p.f::text AND m.f::text IS DISTINCT FROM p.f::text));
-- table public.zd
--   expected: 40 rows, otherwise rows of table public.zd were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.zd t SET d = m.d::text::public.day, i = m.i FROM backout_archive_1.rows_104680_1 m JOIN backout_archive_1.rows_104680_1 p ON m.at = p.at WHERE NOT m.backout_new AND p.backout_new AND t.at = m.at AND (t.d::text IS NOT DISTINCT FROM p.d::text OR t.d::text IS NOT DISTINCT FROM m.d::text) AND (t.i::text IS NOT DISTINCT FROM p.i::text OR t.i::text IS NOT DISTINCT FROM m.i::text);
-- table public.zd
--   only after a shortfall
UPDATE ONLY public.zd t SET d = CASE WHEN t.d::text IS NOT DISTINCT FROM p.d::text THEN m.d::text::public.day ELSE t.d END, i = CASE WHEN t.i::text IS NOT DISTINCT FROM p.i::text THEN m.i ELSE t.i END FROM backout_archive_1.rows_104680_1 m JOIN backout_archive_1.rows_104680_1 p ON m.at = p.at WHERE NOT m.backout_new AND p.backout_new AND t.at = m.at AND ((t.d::text IS NOT DISTINCT FROM p.d::text AND m.d::text IS DISTINCT FROM p.d::text) OR (t.i::text IS NOT DISTINCT FROM p.i::text AND m.i::text IS DISTINCT FROM p.i::text));
-- constraint zk_n_check on public.zk
ALTER TABLE public.zk ADD CONSTRAINT zk_n_check CHECK ((n > (0)::numeric)) NOT VALID;

-- closing:
-- column public.zk.n
DROP FUNCTION backout_archive_1.type_104670_2_back;
-- column public.zd.i
DROP TABLE backout_archive_1.type_104680_3_known;
-- column public.zd.i
DROP FUNCTION backout_archive_1.type_104680_3_back;
-- column public.zd.f
DROP TABLE backout_archive_1.type_104680_4_known;
-- column public.zd.f
DROP FUNCTION backout_archive_1.type_104680_4_back;

-- tail:
-- constraint zk_n_check on public.zk: validate, public.zk
ALTER TABLE public.zk VALIDATE CONSTRAINT zk_n_check;

-- parts:
--   column public.zd.at
--   column public.zd.d
--   column public.zd.f
--   column public.zd.i
--   column public.zk.at
--   column public.zk.gone
--   column public.zk.n
--   constraint zd_pkey on public.zd
--   constraint zk_n_check on public.zk
--   constraint zk_pkey on public.zk
--   index public.zd_pkey
--   index public.zk_pkey
--   table public.zd
--   table public.zk

-- renumbered:
--   (#pg_type:16414:0, "domain public.day")
--   (#pg_class:16410:1, "column public.zk.at")
--   (#pg_class:16410:2, "column public.zk.n")
--   (#pg_class:16410:3, "column public.zk.gone")
--   (#pg_class:16412:0, "index public.zk_pkey")
--   (#pg_class:16415:1, "column public.zd.at")
--   (#pg_class:16415:2, "column public.zd.d")
--   (#pg_class:16415:3, "column public.zd.i")
--   (#pg_class:16415:4, "column public.zd.f")
--   (#pg_class:16416:0, "index public.zd_pkey")
--   (#pg_constraint:16411:0, "constraint zk_n_check on public.zk")
--   (#pg_constraint:16413:0, "constraint zk_pkey on public.zk")
--   (#pg_constraint:16417:0, "constraint zd_pkey on public.zd")

-- may be set aside:
--   Aside { schema: "public", table: "zk", column: Some("n"), copy_schema: "backout_archive_1", copy: "type_104670_2_left", by: TextKey(["at"]), left: Some("NULL") }
--   Aside { schema: "public", table: "zd", column: Some("d"), copy_schema: "backout_undone_1", copy: "misfits_16415_2", by: RowOfKey(["at"]), left: Some("NULL") }
--   Aside { schema: "public", table: "zd", column: Some("i"), copy_schema: "backout_archive_1", copy: "type_104680_3_left", by: TextKey(["at"]), left: Some("NULL") }
--   Aside { schema: "public", table: "zd", column: Some("f"), copy_schema: "backout_archive_1", copy: "type_104680_4_left", by: TextKey(["at"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_104670_2_left", forced: None, otherwise: "values of column public.zk.n that were written since do not fit its former type; they lie in backout_archive_1.type_104670_2_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_104680_3_left", forced: None, otherwise: "values of column public.zd.i that were written since do not fit its former type; they lie in backout_archive_1.type_104680_3_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_104680_4_left", forced: None, otherwise: "values of column public.zd.f that were written since do not fit its former type; they lie in backout_archive_1.type_104680_4_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::integer)::numeric)::integer)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.zk t WHERE t.n IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.n::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_104670_2 c WHERE c.at = t.at::text AND c.backout_new IS NOT DISTINCT FROM t.n::text)", keys: Some("SELECT ROW(t.at)::text FROM public.zk t WHERE t.n IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.n::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_104670_2 c WHERE c.at = t.at::text AND c.backout_new IS NOT DISTINCT FROM t.n::text) LIMIT 5"), object: "column public.zk.n", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16415_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::text::public.day) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.zd t WHERE t.d IS NOT NULL AND NOT pg_temp.backout_fits_16415_2(t.d::text)", keys: Some("SELECT ROW(t.at)::text FROM public.zd t WHERE t.d IS NOT NULL AND NOT pg_temp.backout_fits_16415_2(t.d::text) LIMIT 5"), object: "column public.zd.d", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16415_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::interval) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.zd t WHERE t.i IS NOT NULL AND NOT pg_temp.backout_fits_16415_3(t.i::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_104680_3 c WHERE c.at = t.at::text AND c.backout_new IS NOT DISTINCT FROM t.i::text)", keys: Some("SELECT ROW(t.at)::text FROM public.zd t WHERE t.i IS NOT NULL AND NOT pg_temp.backout_fits_16415_3(t.i::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_104680_3 c WHERE c.at = t.at::text AND c.backout_new IS NOT DISTINCT FROM t.i::text) LIMIT 5"), object: "column public.zd.i", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16415_4(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::double precision) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.zd t WHERE t.f IS NOT NULL AND NOT pg_temp.backout_fits_16415_4(t.f::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_104680_4 c WHERE c.at = t.at::text AND c.backout_new IS NOT DISTINCT FROM t.f::text)", keys: Some("SELECT ROW(t.at)::text FROM public.zd t WHERE t.f IS NOT NULL AND NOT pg_temp.backout_fits_16415_4(t.f::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_104680_4 c WHERE c.at = t.at::text AND c.backout_new IS NOT DISTINCT FROM t.f::text) LIMIT 5"), object: "column public.zd.f", otherwise: "values that do not fit its former type are set aside or cut" }
