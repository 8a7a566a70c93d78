-- locks:
--   public.et, ACCESS EXCLUSIVE

-- before the locks:
-- column public.et.x
CREATE TABLE backout_archive_1.type_97503_2_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(x::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_2::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_97503_2 GROUP BY 1) s WHERE s.backout_new IS NOT NULL;
-- column public.et.x
CREATE INDEX ON backout_archive_1.type_97503_2_known (backout_row);
-- column public.et.x
CREATE TABLE backout_archive_1.type_97503_2_left (id text, backout_value text);
-- column public.et.x
CREATE FUNCTION backout_archive_1.type_97503_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_97503_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::text)::text::public.em)::text IS NULL OR ((($2::text)::text::public.em)::text::text)::text = $2 THEN RETURN (($2::text)::text::public.em)::text; END IF; EXCEPTION WHEN others THEN NULL; END; SELECT k.backout_old INTO found_one FROM backout_archive_1.type_97503_2_known k WHERE k.backout_row = ROW($1)::text AND k.backout_new = $2; IF FOUND THEN RETURN found_one; END IF; INSERT INTO backout_archive_1.type_97503_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- column public.et.x
ALTER TABLE public.et RENAME COLUMN y TO x;
-- column public.et.x
ALTER TABLE public.et ALTER COLUMN x TYPE public.em USING backout_archive_1.type_97503_2_back(id::text, x::text)::text::public.em;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.et
--   expected: 2 rows, otherwise rows of table public.et were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.et t SET x = m.x::text::public.em FROM backout_archive_1.rows_97503_1 m JOIN backout_archive_1.rows_97503_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.x::text IS NOT DISTINCT FROM p.x::text OR t.x::text IS NOT DISTINCT FROM m.x::text);
-- table public.et
--   only after a shortfall
UPDATE ONLY public.et t SET x = CASE WHEN t.x::text IS NOT DISTINCT FROM p.x::text THEN m.x::text::public.em ELSE t.x END FROM backout_archive_1.rows_97503_1 m JOIN backout_archive_1.rows_97503_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.x::text IS NOT DISTINCT FROM p.x::text AND m.x::text IS DISTINCT FROM p.x::text));

-- closing:
-- column public.et.x
DROP TABLE backout_archive_1.type_97503_2_known;
-- column public.et.x
DROP FUNCTION backout_archive_1.type_97503_2_back;

-- parts:
--   column public.et.id
--   column public.et.x
--   constraint et_pkey on public.et
--   index public.et_pkey
--   table public.et

-- renumbered:
--   (#pg_class:16411:1, "column public.et.id")
--   (#pg_class:16411:2, "column public.et.x")
--   (#pg_class:16412:0, "index public.et_pkey")
--   (#pg_constraint:16413:0, "constraint et_pkey on public.et")

-- may be set aside:
--   Aside { schema: "public", table: "et", column: Some("y"), copy_schema: "backout_archive_1", copy: "type_97503_2_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_97503_2_left", forced: None, otherwise: "values of column public.et.x that were written since do not fit its former type; they lie in backout_archive_1.type_97503_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16411_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::text::public.em) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.et t WHERE t.y IS NOT NULL AND NOT pg_temp.backout_fits_16411_2(t.y::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_97503_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.y::text)", keys: Some("SELECT ROW(t.id)::text FROM public.et t WHERE t.y IS NOT NULL AND NOT pg_temp.backout_fits_16411_2(t.y::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_97503_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.y::text) LIMIT 5"), object: "column public.et.x", otherwise: "values that do not fit its former type are set aside or cut" }
