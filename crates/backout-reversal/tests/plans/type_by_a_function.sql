-- locks:
--   public.fol, ACCESS EXCLUSIVE

-- before the locks:
-- column public.fol.p
CREATE TABLE backout_archive_1.type_73716_2_left (id text, backout_value text);
-- column public.fol.p
CREATE FUNCTION backout_archive_1.type_73716_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_73716_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::public.fstate)::text::boolean)::text IS NULL OR ((($2::public.fstate)::text::boolean)::text::public.fstate)::text = $2 THEN RETURN (($2::public.fstate)::text::boolean)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_73716_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- type public.fstate
ALTER TYPE public.fstate RENAME TO backout_rebuilt_16416;
-- column public.fol.p
ALTER TABLE public.fol RENAME COLUMN state TO p;
-- column public.fol.p
ALTER TABLE public.fol ALTER COLUMN p TYPE boolean USING backout_archive_1.type_73716_2_back(id::text, p::text)::boolean;
-- type public.fstate
DROP TYPE public.backout_rebuilt_16416;
-- default public.fol.p
ALTER TABLE ONLY public.fol ALTER COLUMN p SET DEFAULT false;

-- closing:
-- column public.fol.p
DROP FUNCTION backout_archive_1.type_73716_2_back;

-- parts:
--   column public.fol.a
--   column public.fol.id
--   column public.fol.p
--   constraint fol_pkey on public.fol
--   default public.fol.p
--   index public.fol_pkey
--   table public.fol

-- renumbered:
--   (#pg_class:16410:1, "column public.fol.a")
--   (#pg_class:16410:2, "column public.fol.p")
--   (#pg_class:16410:3, "column public.fol.id")
--   (#pg_class:16412:0, "index public.fol_pkey")
--   (#pg_attrdef:16411:0, "default public.fol.p")
--   (#pg_constraint:16413:0, "constraint fol_pkey on public.fol")

-- may be set aside:
--   Aside { schema: "public", table: "fol", column: Some("state"), copy_schema: "backout_archive_1", copy: "type_73716_2_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_73716_2_left", forced: None, otherwise: "values of column public.fol.p that were written since do not fit its former type; they lie in backout_archive_1.type_73716_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::public.fstate)::text::boolean) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.fol t WHERE t.state IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.state::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_73716_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.state::text)", keys: Some("SELECT ROW(t.id)::text FROM public.fol t WHERE t.state IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.state::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_73716_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.state::text) LIMIT 5"), object: "column public.fol.p", otherwise: "values that do not fit its former type are set aside or cut" }
