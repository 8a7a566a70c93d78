-- locks:
--   public.nj, ACCESS EXCLUSIVE

-- before the locks:
-- column public.nj.w
CREATE TABLE backout_archive_1.type_136892_3_left (id text, backout_value text);
-- column public.nj.w
CREATE FUNCTION backout_archive_1.type_136892_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_136892_3 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::bigint)::numeric)::text IS NULL OR ((($2::bigint)::numeric)::bigint)::text = $2 THEN RETURN (($2::bigint)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_136892_3_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- column public.nj.w
ALTER TABLE public.nj ALTER COLUMN w TYPE numeric USING backout_archive_1.type_136892_3_back(id::text, w::text)::numeric;

-- closing:
-- column public.nj.w
DROP FUNCTION backout_archive_1.type_136892_3_back;

-- parts:
--   column public.nj.id
--   column public.nj.v
--   column public.nj.w
--   constraint nj_pkey on public.nj
--   index public.nj_pkey
--   table public.nj

-- renumbered:
--   (#pg_class:16410:1, "column public.nj.id")
--   (#pg_class:16410:2, "column public.nj.v")
--   (#pg_class:16410:3, "column public.nj.w")
--   (#pg_class:16411:0, "index public.nj_pkey")
--   (#pg_constraint:16412:0, "constraint nj_pkey on public.nj")

-- may be set aside:
--   Aside { schema: "public", table: "nj", column: Some("w"), copy_schema: "backout_archive_1", copy: "type_136892_3_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_136892_3_left", forced: None, otherwise: "values of column public.nj.w that were written since do not fit its former type; they lie in backout_archive_1.type_136892_3_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::bigint)::numeric)::bigint)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nj t WHERE t.w IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.w::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_136892_3 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.w::text)", keys: Some("SELECT ROW(t.id)::text FROM public.nj t WHERE t.w IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.w::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_136892_3 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.w::text) LIMIT 5"), object: "column public.nj.w", otherwise: "values that do not fit its former type are set aside or cut" }
