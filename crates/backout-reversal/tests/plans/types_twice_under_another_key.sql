-- locks:
--   public.nq, ACCESS EXCLUSIVE

-- before the locks:
-- column public.nq.v
CREATE TABLE backout_archive_1.type_150810_3_left (id text, backout_value text);
-- column public.nq.v
CREATE FUNCTION backout_archive_1.type_150810_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_150810_3 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::numeric(9,1))::numeric)::text IS NULL OR ((($2::numeric(9,1))::numeric)::numeric(9,1))::text = $2 THEN RETURN (($2::numeric(9,1))::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_150810_3_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- what the migration added
ALTER TABLE public.nq DROP CONSTRAINT IF EXISTS nq_pkey CASCADE;
-- column public.nq.v
ALTER TABLE public.nq ALTER COLUMN v TYPE numeric USING backout_archive_1.type_150810_3_back(id::text, v::text)::numeric;
-- constraint nq_pkey on public.nq
--   may clash: Values, at once None
ALTER TABLE public.nq ADD CONSTRAINT nq_pkey PRIMARY KEY (id);

-- closing:
-- column public.nq.v
DROP FUNCTION backout_archive_1.type_150810_3_back;

-- parts:
--   column public.nq.id
--   column public.nq.u
--   column public.nq.v
--   constraint nq_pkey on public.nq
--   index public.nq_pkey
--   table public.nq

-- renumbered:
--   (#pg_class:16410:1, "column public.nq.id")
--   (#pg_class:16410:2, "column public.nq.u")
--   (#pg_class:16410:3, "column public.nq.v")
--   (#pg_class:16411:0, "index public.nq_pkey")
--   (#pg_constraint:16412:0, "constraint nq_pkey on public.nq")

-- may be set aside:
--   Aside { schema: "public", table: "nq", column: Some("v"), copy_schema: "backout_archive_1", copy: "type_150810_3_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_150810_3_left", forced: None, otherwise: "values of column public.nq.v that were written since do not fit its former type; they lie in backout_archive_1.type_150810_3_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::numeric(9,1))::numeric)::numeric(9,1))::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nq t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_150810_3 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text)", keys: Some("SELECT ROW(t.u)::text FROM public.nq t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_150810_3 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text) LIMIT 5"), object: "column public.nq.v", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.nq t WHERE t.id IS NOT NULL AND (t.id) IN (SELECT r.id FROM public.nq r GROUP BY r.id HAVING count(*) > 1)", keys: Some("SELECT ROW(t.u)::text FROM public.nq t WHERE t.id IS NOT NULL AND (t.id) IN (SELECT r.id FROM public.nq r GROUP BY r.id HAVING count(*) > 1) LIMIT 5"), object: "constraint nq_pkey on public.nq", otherwise: "rows repeat a value of it: it stays away" }
