-- locks:
--   public.rt, ACCESS EXCLUSIVE

-- before the locks:
-- column public.rt.v
CREATE TABLE backout_archive_1.type_162692_2_left (id text, backout_value text);
-- column public.rt.v
CREATE FUNCTION backout_archive_1.type_162692_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_162692_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF ((ARRAY[($2::text)::text]::text::regclass[])[1])::text IS NULL OR (((ARRAY[($2::text)::text]::text::regclass[])[1])::text)::text = $2 THEN RETURN ((ARRAY[($2::text)::text]::text::regclass[])[1])::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_162692_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- column public.rt.v
ALTER TABLE public.rt ALTER COLUMN v TYPE regclass USING (ARRAY[backout_archive_1.type_162692_2_back(id::text, v::text)::text]::text::regclass[])[1];

-- closing:
-- column public.rt.v
DROP FUNCTION backout_archive_1.type_162692_2_back;

-- parts:
--   column public.rt.id
--   column public.rt.v
--   constraint rt_pkey on public.rt
--   index public.rt_pkey
--   table public.rt

-- renumbered:
--   (#pg_class:16410:1, "column public.rt.id")
--   (#pg_class:16410:2, "column public.rt.v")
--   (#pg_class:16411:0, "index public.rt_pkey")
--   (#pg_constraint:16412:0, "constraint rt_pkey on public.rt")

-- may be set aside:
--   Aside { schema: "public", table: "rt", column: Some("v"), copy_schema: "backout_archive_1", copy: "type_162692_2_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_162692_2_left", forced: None, otherwise: "values of column public.rt.v that were written since do not fit its former type; they lie in backout_archive_1.type_162692_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((ARRAY[($1::text)::text]::text::regclass[])[1]) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN RETURN false; END'"), count: "SELECT count(*) FROM public.rt t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_162692_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text)", keys: Some("SELECT ROW(t.id)::text FROM public.rt t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_162692_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text) LIMIT 5"), object: "column public.rt.v", otherwise: "values that do not fit its former type are set aside or cut" }
