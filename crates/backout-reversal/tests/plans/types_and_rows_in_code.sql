-- locks:
--   public.td, ACCESS EXCLUSIVE
--   public.te, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.td.v
CREATE TABLE backout_undone_1.type_16410_2 (id text, backout_value text);
-- table public.td
CREATE TABLE backout_archive_1.rows_26881_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.v, s.w FROM (SELECT i.*, ROW(i.id, i.v, i.w)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_26881_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.v, i.w)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.td.v
INSERT INTO backout_undone_1.type_16410_2 SELECT t.id::text, t.v::text FROM public.td t WHERE ((t.v::numeric)::integer)::text IS DISTINCT FROM t.v::text;
-- column public.td.v
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::integer)::numeric)::text; EXCEPTION WHEN data_exception OR check_violation THEN BEGIN SELECT ((k.backout_old)::numeric)::text INTO former FROM backout_undone_1.misfits_16410_2_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation THEN NULL; END; INSERT INTO backout_undone_1.misfits_16410_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16410_2_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(v::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(v::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_26881_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16410_2_known (backout_row)", "ALTER TABLE public.td ALTER COLUMN v TYPE numeric USING backout_undone_1.misfits_16410_2_back(ROW(id)::text, v::text)::numeric", "DROP FUNCTION backout_undone_1.misfits_16410_2_back(text, text)", "DROP TABLE backout_undone_1.misfits_16410_2_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_2", otherwise: "values of column public.td.v that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: ["DROP TABLE backout_undone_1.misfits_16410_2"] }
ALTER TABLE public.td ALTER COLUMN v TYPE numeric USING v::numeric;
-- column public.te.v
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16413_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16413_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::numeric)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16413_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.te ALTER COLUMN v TYPE numeric USING backout_undone_1.misfits_16413_2_back(ROW(v)::text, v::text)::numeric", "DROP FUNCTION backout_undone_1.misfits_16413_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16413_2", otherwise: "values of column public.te.v that were written since do not fit its former type; they lie in backout_undone_1.misfits_16413_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.te ALTER COLUMN v TYPE numeric USING v::numeric;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.td
--   expected: 1 rows, otherwise rows that the migration took out of table public.td did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.td (id, v, w) OVERRIDING SYSTEM VALUE SELECT m.id, m.v, m.w FROM (SELECT i.* FROM backout_archive_1.rows_26881_1_sum i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_26881_1_sum o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.td t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.td
--   expected: 3 rows, otherwise rows of table public.td were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.td t SET w = m.w FROM backout_archive_1.rows_26881_1_sum m JOIN backout_archive_1.rows_26881_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.w::text IS NOT DISTINCT FROM p.w::text OR t.w::text IS NOT DISTINCT FROM m.w::text);
-- table public.td
--   only after a shortfall
UPDATE ONLY public.td t SET w = CASE WHEN t.w::text IS NOT DISTINCT FROM p.w::text THEN m.w ELSE t.w END FROM backout_archive_1.rows_26881_1_sum m JOIN backout_archive_1.rows_26881_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.w::text IS NOT DISTINCT FROM p.w::text AND m.w::text IS DISTINCT FROM p.w::text));

-- parts:
--   column public.td.id
--   column public.td.v
--   column public.td.w
--   column public.te.a
--   column public.te.v
--   constraint td_pkey on public.td
--   index public.td_pkey
--   table public.td
--   table public.te

-- renumbered:
--   (#pg_class:16410:1, "column public.td.id")
--   (#pg_class:16410:2, "column public.td.v")
--   (#pg_class:16410:3, "column public.td.w")
--   (#pg_class:16411:0, "index public.td_pkey")
--   (#pg_class:16413:1, "column public.te.a")
--   (#pg_class:16413:2, "column public.te.v")
--   (#pg_constraint:16412:0, "constraint td_pkey on public.td")

-- may be set aside:
--   Aside { schema: "public", table: "td", column: Some("v"), copy_schema: "backout_undone_1", copy: "type_16410_2", by: TextKey(["id"]), left: Some("(((c.backout_value::integer)::numeric)::integer)::text") }
--   Aside { schema: "public", table: "td", column: Some("v"), copy_schema: "backout_undone_1", copy: "misfits_16410_2", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "te", column: Some("v"), copy_schema: "backout_undone_1", copy: "misfits_16413_2", by: Nothing, left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16410_2", forced: None, otherwise: "values of column public.td.v that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16410_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16410_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::integer)::numeric)::integer)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.td t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.v::text)", keys: Some("SELECT ROW(t.id)::text FROM public.td t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.v::text) LIMIT 5"), object: "column public.td.v", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16413_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::numeric) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.te t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16413_2(t.v::text)", keys: None, object: "column public.te.v", otherwise: "values that do not fit its former type are set aside or cut" }
