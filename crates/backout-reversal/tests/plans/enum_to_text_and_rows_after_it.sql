-- locks:
--   public.et, ACCESS EXCLUSIVE
--   public.eu, ACCESS EXCLUSIVE

-- before the locks:
-- table public.eu
CREATE TABLE backout_archive_1.rows_20130_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.n, s.k FROM (SELECT i.*, ROW(i.n, i.k)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_20130_1 i WINDOW w AS (PARTITION BY ROW(i.n, i.k)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- what the migration added
ALTER TABLE public.et DROP CONSTRAINT IF EXISTS et_k_check CASCADE;
-- what the migration added
DROP TYPE IF EXISTS public.er CASCADE;
-- type public.er
CREATE TYPE public.er AS ENUM ('one', 'two', 'it''s');
-- column public.et.k
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::text::public.er)::text; EXCEPTION WHEN data_exception OR check_violation THEN BEGIN SELECT ((k.backout_old)::text::public.er)::text INTO former FROM backout_undone_1.misfits_16411_2_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation THEN NULL; END; INSERT INTO backout_undone_1.misfits_16411_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16411_2_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(k::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_2::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_20121_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16411_2_known (backout_row)", "ALTER TABLE public.et ALTER COLUMN k DROP NOT NULL", "ALTER TABLE public.et ALTER COLUMN k TYPE public.er USING backout_undone_1.misfits_16411_2_back(ROW(id)::text, k::text)::text::public.er", "DROP FUNCTION backout_undone_1.misfits_16411_2_back(text, text)", "DROP TABLE backout_undone_1.misfits_16411_2_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_2", otherwise: "values of column public.et.k that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_2, by the key of their rows", nullable: [("public.et", "k")], loosens: None, rows: None, if_none: ["ALTER TABLE public.et ALTER COLUMN k SET NOT NULL", "DO $backout$ BEGIN DROP TABLE backout_undone_1.misfits_16411_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$"] }
ALTER TABLE public.et ALTER COLUMN k TYPE public.er USING k::text::public.er;
-- column public.et.l
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text[])::text::public.er[])::text; EXCEPTION WHEN data_exception OR check_violation THEN BEGIN SELECT ((k.backout_old)::text::public.er[])::text INTO former FROM backout_undone_1.misfits_16411_3_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation THEN NULL; END; INSERT INTO backout_undone_1.misfits_16411_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16411_3_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(l::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_3::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_20121_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16411_3_known (backout_row)", "ALTER TABLE public.et ALTER COLUMN l TYPE public.er[] USING backout_undone_1.misfits_16411_3_back(ROW(id)::text, l::text)::text::public.er[]", "DROP FUNCTION backout_undone_1.misfits_16411_3_back(text, text)", "DROP TABLE backout_undone_1.misfits_16411_3_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_3", otherwise: "values of column public.et.l that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: ["DO $backout$ BEGIN DROP TABLE backout_undone_1.misfits_16411_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$"] }
ALTER TABLE public.et ALTER COLUMN l TYPE public.er[] USING l::text::public.er[];
-- column public.eu.k
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16416_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16416_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::text::public.er)::text; EXCEPTION WHEN data_exception OR check_violation THEN UPDATE backout_undone_1.misfits_16416_1_known u SET backout_left = u.backout_left - 1 WHERE u.ctid = (SELECT k.ctid FROM backout_undone_1.misfits_16416_1_known k WHERE k.backout_row = $1 AND k.backout_new = $2 AND k.backout_left > 0 LIMIT 1); IF FOUND THEN RETURN NULL; END IF; INSERT INTO backout_undone_1.misfits_16416_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16416_1_known AS SELECT ROW(n)::text AS backout_row, backout_raw_1 AS backout_new, pg_catalog.sum(CASE WHEN backout_new THEN 1 ELSE -1 END) AS backout_left FROM backout_archive_1.rows_20130_1 GROUP BY 1, 2 HAVING pg_catalog.sum(CASE WHEN backout_new THEN 1 ELSE -1 END) > 0", "CREATE INDEX ON backout_undone_1.misfits_16416_1_known (backout_row)", "ALTER TABLE public.eu ALTER COLUMN k TYPE public.er USING backout_undone_1.misfits_16416_1_back(ROW(n)::text, k::text)::text::public.er", "DROP FUNCTION backout_undone_1.misfits_16416_1_back(text, text)", "DROP TABLE backout_undone_1.misfits_16416_1_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16416_1", otherwise: "values of column public.eu.k that were written since do not fit its former type; they lie in backout_undone_1.misfits_16416_1, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: ["DO $backout$ BEGIN DROP TABLE backout_undone_1.misfits_16416_1; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$"] }
ALTER TABLE public.eu ALTER COLUMN k TYPE public.er USING k::text::public.er;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.eu
--   expected: 2 rows, otherwise rows that the migration left in table public.eu were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.eu d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.n, t.k::text)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.n, t.k::text)::text) AS n FROM ONLY public.eu t) c, (SELECT ROW(i.n, i.k::text)::text AS text, i.backout_count FROM backout_archive_1.rows_20130_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.eu
--   expected: 2 rows, otherwise rows that the migration took out of table public.eu did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.eu (n, k) OVERRIDING SYSTEM VALUE SELECT m.n, m.k::text::public.er FROM (SELECT i.* FROM backout_archive_1.rows_20130_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.et
--   expected: 3 rows, otherwise rows of table public.et were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.et t SET k = m.k::text::public.er, l = m.l::text::public.er[] FROM backout_archive_1.rows_20121_1 m JOIN backout_archive_1.rows_20121_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.k::text IS NOT DISTINCT FROM p.k::text OR t.k::text IS NOT DISTINCT FROM m.k::text) AND (t.l::text IS NOT DISTINCT FROM p.l::text OR t.l::text IS NOT DISTINCT FROM m.l::text);
-- table public.et
--   only after a shortfall
UPDATE ONLY public.et t SET k = CASE WHEN t.k::text IS NOT DISTINCT FROM p.k::text THEN m.k::text::public.er ELSE t.k END, l = CASE WHEN t.l::text IS NOT DISTINCT FROM p.l::text THEN m.l::text::public.er[] ELSE t.l END FROM backout_archive_1.rows_20121_1 m JOIN backout_archive_1.rows_20121_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.k::text IS NOT DISTINCT FROM p.k::text AND m.k::text IS DISTINCT FROM p.k::text) OR (t.l::text IS NOT DISTINCT FROM p.l::text AND m.l::text IS DISTINCT FROM p.l::text));
-- default public.et.k
ALTER TABLE ONLY public.et ALTER COLUMN k SET DEFAULT 'one'::public.er;
-- default public.et.l
ALTER TABLE ONLY public.et ALTER COLUMN l SET DEFAULT '{two}'::public.er[];

-- parts:
--   column public.et.id
--   column public.et.k
--   column public.et.l
--   column public.eu.k
--   column public.eu.n
--   constraint et_pkey on public.et
--   default public.et.k
--   default public.et.l
--   index public.et_pkey
--   table public.et
--   table public.eu

-- renumbered:
--   (#pg_type:16410:0, "type public.er")
--   (#pg_class:16411:1, "column public.et.id")
--   (#pg_class:16411:2, "column public.et.k")
--   (#pg_class:16411:3, "column public.et.l")
--   (#pg_class:16414:0, "index public.et_pkey")
--   (#pg_class:16416:1, "column public.eu.k")
--   (#pg_class:16416:2, "column public.eu.n")
--   (#pg_attrdef:16412:0, "default public.et.k")
--   (#pg_attrdef:16413:0, "default public.et.l")
--   (#pg_constraint:16415:0, "constraint et_pkey on public.et")

-- may be set aside:
--   Aside { schema: "public", table: "et", column: Some("k"), copy_schema: "backout_undone_1", copy: "misfits_16411_2", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "et", column: Some("l"), copy_schema: "backout_undone_1", copy: "misfits_16411_3", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "eu", column: Some("k"), copy_schema: "backout_undone_1", copy: "misfits_16416_1", by: Nothing, left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16411_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::text::public.er) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.et t WHERE t.k IS NOT NULL AND NOT pg_temp.backout_fits_16411_2(t.k::text)", keys: Some("SELECT ROW(t.id)::text FROM public.et t WHERE t.k IS NOT NULL AND NOT pg_temp.backout_fits_16411_2(t.k::text) LIMIT 5"), object: "column public.et.k", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16411_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text[])::text::public.er[]) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.et t WHERE t.l IS NOT NULL AND NOT pg_temp.backout_fits_16411_3(t.l::text)", keys: Some("SELECT ROW(t.id)::text FROM public.et t WHERE t.l IS NOT NULL AND NOT pg_temp.backout_fits_16411_3(t.l::text) LIMIT 5"), object: "column public.et.l", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16416_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::text::public.er) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.eu t WHERE t.k IS NOT NULL AND NOT pg_temp.backout_fits_16416_1(t.k::text)", keys: None, object: "column public.eu.k", otherwise: "values that do not fit its former type are set aside or cut" }
