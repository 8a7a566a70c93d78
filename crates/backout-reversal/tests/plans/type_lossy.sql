-- locks:
--   public.m, ACCESS EXCLUSIVE

-- before the locks:
-- column public.m.v
CREATE TABLE backout_archive_1.type_83958_2_left (id text, backout_value text);
-- column public.m.v
CREATE FUNCTION backout_archive_1.type_83958_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_83958_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::integer)::numeric)::text IS NULL OR ((($2::integer)::numeric)::integer)::text = $2 THEN RETURN (($2::integer)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_83958_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- column public.m.v
ALTER TABLE public.m ALTER COLUMN v TYPE numeric USING backout_archive_1.type_83958_2_back(id::text, v::text)::numeric;

-- closing:
-- column public.m.v
DROP FUNCTION backout_archive_1.type_83958_2_back;

-- parts:
--   column public.m.id
--   column public.m.v
--   constraint m_pkey on public.m
--   index public.m_pkey
--   table public.m

-- renumbered:
--   (#pg_class:16410:1, "column public.m.id")
--   (#pg_class:16410:2, "column public.m.v")
--   (#pg_class:16411:0, "index public.m_pkey")
--   (#pg_constraint:16412:0, "constraint m_pkey on public.m")

-- may be set aside:
--   Aside { schema: "public", table: "m", column: Some("v"), copy_schema: "backout_archive_1", copy: "type_83958_2_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_83958_2_left", forced: None, otherwise: "values of column public.m.v that were written since do not fit its former type; they lie in backout_archive_1.type_83958_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::integer)::numeric)::integer)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.m t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_83958_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text)", keys: Some("SELECT ROW(t.id)::text FROM public.m t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_83958_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text) LIMIT 5"), object: "column public.m.v", otherwise: "values that do not fit its former type are set aside or cut" }
