-- locks:
--   public.ef, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.ef.t
CREATE TABLE backout_undone_1.column_16411_5 (a integer, b text, backout_value text[], PRIMARY KEY (a, b));
-- table public.ef
CREATE TABLE backout_archive_1.rows_124015_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.a, s.b, s.s, s.on_ FROM (SELECT i.*, ROW(i.a, i.b, i.s, i.on_)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_124015_1 i WINDOW w AS (PARTITION BY ROW(i.a, i.b, i.s, i.on_)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.ef.t
INSERT INTO backout_undone_1.column_16411_5 (a, b, backout_value) SELECT a, b, t FROM public.ef WHERE t::text IS DISTINCT FROM (('{}'::text[])::text[])::text;
-- what the migration added
ALTER TABLE ONLY public.ef ALTER COLUMN s DROP DEFAULT;
-- what the migration added
ALTER TABLE public.ef DROP COLUMN IF EXISTS t CASCADE;
-- type public.efs
ALTER TYPE public.efs RENAME TO backout_rebuilt_16417;
-- type public.efs
CREATE TYPE public.efs AS ENUM ('ok', 'warning');
-- column public.ef.s
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.efs)::text::public.efs)::text; EXCEPTION WHEN data_exception OR check_violation THEN BEGIN SELECT ((k.backout_old)::text::public.efs)::text INTO former FROM backout_undone_1.misfits_16411_3_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation THEN NULL; END; INSERT INTO backout_undone_1.misfits_16411_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16411_3_known AS SELECT * FROM (SELECT ROW(a, b)::text AS backout_row, (pg_catalog.array_agg(s::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(s::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_124015_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16411_3_known (backout_row)", "ALTER TABLE public.ef ALTER COLUMN s DROP NOT NULL", "ALTER TABLE public.ef ALTER COLUMN s TYPE public.efs USING backout_undone_1.misfits_16411_3_back(ROW(a, b)::text, s::text)::text::public.efs", "DROP FUNCTION backout_undone_1.misfits_16411_3_back(text, text)", "DROP TABLE backout_undone_1.misfits_16411_3_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_3", otherwise: "values of column public.ef.s that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_3, by the key of their rows", nullable: [("public.ef", "s")], loosens: None, rows: None, if_none: ["ALTER TABLE public.ef ALTER COLUMN s SET NOT NULL", "DROP TABLE backout_undone_1.misfits_16411_3"] }
ALTER TABLE public.ef ALTER COLUMN s TYPE public.efs USING s::text::public.efs;
-- type public.efs
DROP TYPE public.backout_rebuilt_16417;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.ef
--   expected: 11 rows, otherwise rows of table public.ef were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.ef t SET s = m.s::text::public.efs FROM backout_archive_1.rows_124015_1_sum m JOIN backout_archive_1.rows_124015_1_sum p ON m.a = p.a AND m.b = p.b WHERE NOT m.backout_new AND p.backout_new AND t.a = m.a AND t.b = m.b AND (t.s::text IS NOT DISTINCT FROM p.s::text OR t.s::text IS NOT DISTINCT FROM m.s::text);
-- table public.ef
--   only after a shortfall
UPDATE ONLY public.ef t SET s = CASE WHEN t.s::text IS NOT DISTINCT FROM p.s::text THEN m.s::text::public.efs ELSE t.s END FROM backout_archive_1.rows_124015_1_sum m JOIN backout_archive_1.rows_124015_1_sum p ON m.a = p.a AND m.b = p.b WHERE NOT m.backout_new AND p.backout_new AND t.a = m.a AND t.b = m.b AND ((t.s::text IS NOT DISTINCT FROM p.s::text AND m.s::text IS DISTINCT FROM p.s::text));
-- default public.ef.s
ALTER TABLE ONLY public.ef ALTER COLUMN s SET DEFAULT 'ok'::public.efs;

-- parts:
--   column public.ef.a
--   column public.ef.b
--   column public.ef.on_
--   column public.ef.s
--   constraint ef_pkey on public.ef
--   default public.ef.s
--   index public.ef_pkey
--   table public.ef

-- renumbered:
--   (#pg_type:16410:0, "type public.efs")
--   (#pg_attrdef:16412:0, "default public.ef.s")

-- set aside:
--   SetAside { table: "public.ef", column: "t", copy: "backout_undone_1.column_16411_5", count: "SELECT count(*) FROM public.ef WHERE t::text IS DISTINCT FROM (('{}'::text[])::text[])::text" }

-- may be set aside:
--   Aside { schema: "public", table: "ef", column: Some("t"), copy_schema: "backout_undone_1", copy: "column_16411_5", by: Key(["a", "b"]), left: None }
--   Aside { schema: "public", table: "ef", column: Some("s"), copy_schema: "backout_undone_1", copy: "misfits_16411_3", by: RowOfKey(["a", "b"]), left: Some("NULL") }
