-- locks:
--   public.gl, ACCESS EXCLUSIVE

-- before the locks:
-- column public.gl.price
CREATE TABLE backout_archive_1.type_142623_3_left (id text, backout_value text);
-- column public.gl.price
CREATE FUNCTION backout_archive_1.type_142623_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_142623_3 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::integer)::numeric)::text IS NULL OR ((($2::integer)::numeric)::integer)::text = $2 THEN RETURN (($2::integer)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_142623_3_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- what the migration added
ALTER TABLE ONLY public.gl ALTER COLUMN price DROP DEFAULT;
-- what the migration added
ALTER TABLE public.gl DROP COLUMN IF EXISTS sum CASCADE;
-- column public.gl.price
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "ALTER TABLE public.gl ALTER COLUMN price DROP NOT NULL", "ALTER TABLE public.gl ALTER COLUMN price TYPE numeric USING backout_archive_1.type_142623_3_back(id::text, price::text)::numeric"], count: "", otherwise: "", nullable: [("public.gl", "price")], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.gl ALTER COLUMN price TYPE numeric USING backout_archive_1.type_142623_3_back(id::text, price::text)::numeric;
-- column public.gl.sum
ALTER TABLE public.gl ADD COLUMN sum numeric GENERATED ALWAYS AS (((qty)::numeric * price)) STORED;
-- default public.gl.price
ALTER TABLE ONLY public.gl ALTER COLUMN price SET DEFAULT 1.5;

-- closing:
-- column public.gl.price
DROP FUNCTION backout_archive_1.type_142623_3_back;

-- parts:
--   column public.gl.id
--   column public.gl.price
--   column public.gl.qty
--   column public.gl.sum
--   constraint gl_pkey on public.gl
--   default public.gl.price
--   index public.gl_pkey
--   table public.gl

-- renumbered:
--   (#pg_class:16410:1, "column public.gl.id")
--   (#pg_class:16410:2, "column public.gl.qty")
--   (#pg_class:16410:3, "column public.gl.price")
--   (#pg_class:16410:4, "column public.gl.sum")
--   (#pg_class:16412:0, "index public.gl_pkey")
--   (#pg_attrdef:16411:0, "default public.gl.price")
--   (#pg_constraint:16413:0, "constraint gl_pkey on public.gl")

-- may be set aside:
--   Aside { schema: "public", table: "gl", column: Some("price"), copy_schema: "backout_archive_1", copy: "type_142623_3_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_142623_3_left", forced: None, otherwise: "values of column public.gl.price that were written since do not fit its former type; they lie in backout_archive_1.type_142623_3_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::integer)::numeric)::integer)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.gl t WHERE t.price IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.price::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_142623_3 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.price::text)", keys: Some("SELECT ROW(t.id)::text FROM public.gl t WHERE t.price IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.price::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_142623_3 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.price::text) LIMIT 5"), object: "column public.gl.price", otherwise: "values that do not fit its former type are set aside or cut" }
