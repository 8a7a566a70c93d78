-- locks:
--   public.nn, ACCESS EXCLUSIVE

-- before the locks:
-- column public.nn.ev
CREATE TABLE backout_archive_1.type_138648_2_left (id text, backout_value text);
-- column public.nn.ev
CREATE FUNCTION backout_archive_1.type_138648_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_138648_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::boolean)::text::timestamp(3) without time zone)::text IS NULL OR ((($2::boolean)::text::timestamp(3) without time zone)::text::boolean)::text = $2 THEN RETURN (($2::boolean)::text::timestamp(3) without time zone)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_138648_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- what the migration added
ALTER TABLE ONLY public.nn ALTER COLUMN ev DROP DEFAULT;
-- column public.nn.ev
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "ALTER TABLE public.nn ALTER COLUMN ev DROP NOT NULL", "ALTER TABLE public.nn ALTER COLUMN ev TYPE timestamp(3) without time zone USING backout_archive_1.type_138648_2_back(id::text, ev::text)::timestamp(3) without time zone"], count: "", otherwise: "", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.nn ALTER COLUMN ev TYPE timestamp(3) without time zone USING backout_archive_1.type_138648_2_back(id::text, ev::text)::timestamp(3) without time zone;
-- column public.nn.ev
ALTER TABLE public.nn ALTER COLUMN ev DROP NOT NULL;

-- closing:
-- column public.nn.ev
DROP FUNCTION backout_archive_1.type_138648_2_back;

-- parts:
--   column public.nn.ev
--   column public.nn.id
--   constraint nn_pkey on public.nn
--   index public.nn_pkey
--   table public.nn

-- renumbered:
--   (#pg_class:16410:1, "column public.nn.id")
--   (#pg_class:16410:2, "column public.nn.ev")
--   (#pg_class:16411:0, "index public.nn_pkey")
--   (#pg_constraint:16412:0, "constraint nn_pkey on public.nn")

-- may be set aside:
--   Aside { schema: "public", table: "nn", column: Some("ev"), copy_schema: "backout_archive_1", copy: "type_138648_2_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_138648_2_left", forced: None, otherwise: "values of column public.nn.ev that were written since do not fit its former type; they lie in backout_archive_1.type_138648_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::boolean)::text::timestamp(3) without time zone) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nn t WHERE t.ev IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.ev::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_138648_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.ev::text)", keys: Some("SELECT ROW(t.id)::text FROM public.nn t WHERE t.ev IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.ev::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_138648_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.ev::text) LIMIT 5"), object: "column public.nn.ev", otherwise: "values that do not fit its former type are set aside or cut" }
