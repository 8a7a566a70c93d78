-- locks:
--   public.zt, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.zt.a
CREATE TABLE backout_archive_1.type_104412_2_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(a::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_2::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_104412_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL;
-- column public.zt.a
CREATE INDEX ON backout_archive_1.type_104412_2_known (backout_row);
-- column public.zt.a
CREATE TABLE backout_archive_1.type_104412_2_left (id text, backout_value text);
-- column public.zt.a
CREATE FUNCTION backout_archive_1.type_104412_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_104412_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::timestamp without time zone)::timestamp with time zone)::text IS NULL OR ((($2::timestamp without time zone)::timestamp with time zone)::timestamp without time zone)::text = $2 THEN RETURN (($2::timestamp without time zone)::timestamp with time zone)::text; END IF; EXCEPTION WHEN others THEN NULL; END; SELECT k.backout_old INTO found_one FROM backout_archive_1.type_104412_2_known k WHERE k.backout_row = ROW($1)::text AND k.backout_new = $2; IF FOUND THEN RETURN found_one; END IF; INSERT INTO backout_archive_1.type_104412_2_left VALUES ($1, $2); RETURN NULL; END';
-- column public.zt.b
CREATE TABLE backout_undone_1.type_16410_3 (id text, backout_value text);
-- column public.zt.c
CREATE TABLE backout_archive_1.type_104412_4_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(c::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_4::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_104412_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL;
-- column public.zt.c
CREATE INDEX ON backout_archive_1.type_104412_4_known (backout_row);
-- column public.zt.c
CREATE TABLE backout_archive_1.type_104412_4_left (id text, backout_value text);
-- column public.zt.c
CREATE FUNCTION backout_archive_1.type_104412_4_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_104412_4 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::timestamp without time zone[])::timestamp with time zone[])::text IS NULL OR ((($2::timestamp without time zone[])::timestamp with time zone[])::timestamp without time zone[])::text = $2 THEN RETURN (($2::timestamp without time zone[])::timestamp with time zone[])::text; END IF; EXCEPTION WHEN others THEN NULL; END; SELECT k.backout_old INTO found_one FROM backout_archive_1.type_104412_4_known k WHERE k.backout_row = ROW($1)::text AND k.backout_new = $2; IF FOUND THEN RETURN found_one; END IF; INSERT INTO backout_archive_1.type_104412_4_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- column public.zt.a
ALTER TABLE public.zt ALTER COLUMN a TYPE timestamp with time zone USING backout_archive_1.type_104412_2_back(id::text, a::text)::timestamp with time zone;
-- column public.zt.b
INSERT INTO backout_undone_1.type_16410_3 SELECT t.id::text, t.b::text FROM public.zt t WHERE ((t.b::timestamp without time zone)::timestamp with time zone)::text IS DISTINCT FROM t.b::text;
-- column public.zt.b
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::timestamp with time zone)::timestamp without time zone)::text; EXCEPTION WHEN data_exception OR check_violation THEN BEGIN SELECT ((k.backout_old)::timestamp without time zone)::text INTO former FROM backout_undone_1.misfits_16410_3_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation THEN NULL; END; INSERT INTO backout_undone_1.misfits_16410_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16410_3_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(b::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_3::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_104412_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16410_3_known (backout_row)", "ALTER TABLE public.zt ALTER COLUMN b TYPE timestamp without time zone USING backout_undone_1.misfits_16410_3_back(ROW(id)::text, b::text)::timestamp without time zone", "DROP FUNCTION backout_undone_1.misfits_16410_3_back(text, text)", "DROP TABLE backout_undone_1.misfits_16410_3_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_3", otherwise: "values of column public.zt.b that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: ["DROP TABLE backout_undone_1.misfits_16410_3"] }
ALTER TABLE public.zt ALTER COLUMN b TYPE timestamp without time zone USING b::timestamp without time zone;
-- column public.zt.c
ALTER TABLE public.zt ALTER COLUMN c TYPE timestamp with time zone[] USING backout_archive_1.type_104412_4_back(id::text, c::text)::timestamp with time zone[];
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.zt
--   expected: 20 rows, otherwise rows of table public.zt were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.zt t SET a = m.a::timestamp with time zone, c = m.c::timestamp with time zone[] FROM backout_archive_1.rows_104412_1 m JOIN backout_archive_1.rows_104412_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.a::text IS NOT DISTINCT FROM p.a::text OR t.a::text IS NOT DISTINCT FROM m.a::text) AND (t.c::text IS NOT DISTINCT FROM p.c::text OR t.c::text IS NOT DISTINCT FROM m.c::text);
-- table public.zt
--   only after a shortfall
UPDATE ONLY public.zt t SET a = CASE WHEN t.a::text IS NOT DISTINCT FROM p.a::text THEN m.a::timestamp with time zone ELSE t.a END, c = CASE WHEN t.c::text IS NOT DISTINCT FROM p.c::text THEN m.c::timestamp with time zone[] ELSE t.c END FROM backout_archive_1.rows_104412_1 m JOIN backout_archive_1.rows_104412_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.a::text IS NOT DISTINCT FROM p.a::text AND m.a::text IS DISTINCT FROM p.a::text) OR (t.c::text IS NOT DISTINCT FROM p.c::text AND m.c::text IS DISTINCT FROM p.c::text));

-- closing:
-- column public.zt.a
DROP TABLE backout_archive_1.type_104412_2_known;
-- column public.zt.a
DROP FUNCTION backout_archive_1.type_104412_2_back;
-- column public.zt.c
DROP TABLE backout_archive_1.type_104412_4_known;
-- column public.zt.c
DROP FUNCTION backout_archive_1.type_104412_4_back;

-- parts:
--   column public.zt.a
--   column public.zt.b
--   column public.zt.c
--   column public.zt.id
--   constraint zt_pkey on public.zt
--   index public.zt_pkey
--   table public.zt

-- renumbered:
--   (#pg_class:16410:1, "column public.zt.id")
--   (#pg_class:16410:2, "column public.zt.a")
--   (#pg_class:16410:3, "column public.zt.b")
--   (#pg_class:16410:4, "column public.zt.c")
--   (#pg_class:16411:0, "index public.zt_pkey")
--   (#pg_constraint:16412:0, "constraint zt_pkey on public.zt")

-- may be set aside:
--   Aside { schema: "public", table: "zt", column: Some("a"), copy_schema: "backout_archive_1", copy: "type_104412_2_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "zt", column: Some("b"), copy_schema: "backout_undone_1", copy: "type_16410_3", by: TextKey(["id"]), left: Some("(((c.backout_value::timestamp with time zone)::timestamp without time zone)::timestamp with time zone)::text") }
--   Aside { schema: "public", table: "zt", column: Some("b"), copy_schema: "backout_undone_1", copy: "misfits_16410_3", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "zt", column: Some("c"), copy_schema: "backout_archive_1", copy: "type_104412_4_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_104412_2_left", forced: None, otherwise: "values of column public.zt.a that were written since do not fit its former type; they lie in backout_archive_1.type_104412_2_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16410_3", forced: None, otherwise: "values of column public.zt.b that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16410_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16410_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_104412_4_left", forced: None, otherwise: "values of column public.zt.c that were written since do not fit its former type; they lie in backout_archive_1.type_104412_4_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::timestamp without time zone)::timestamp with time zone)::timestamp without time zone)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.zt t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.a::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_104412_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.a::text)", keys: Some("SELECT ROW(t.id)::text FROM public.zt t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.a::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_104412_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.a::text) LIMIT 5"), object: "column public.zt.a", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::timestamp with time zone)::timestamp without time zone)::timestamp with time zone)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.zt t WHERE t.b IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.b::text)", keys: Some("SELECT ROW(t.id)::text FROM public.zt t WHERE t.b IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.b::text) LIMIT 5"), object: "column public.zt.b", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_4(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::timestamp without time zone[])::timestamp with time zone[]) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.zt t WHERE t.c IS NOT NULL AND NOT pg_temp.backout_fits_16410_4(t.c::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_104412_4 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.c::text)", keys: Some("SELECT ROW(t.id)::text FROM public.zt t WHERE t.c IS NOT NULL AND NOT pg_temp.backout_fits_16410_4(t.c::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_104412_4 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.c::text) LIMIT 5"), object: "column public.zt.c", otherwise: "values that do not fit its former type are set aside or cut" }
