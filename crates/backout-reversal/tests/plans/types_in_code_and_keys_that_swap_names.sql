-- locks:
--   public.ts, ACCESS EXCLUSIVE

-- before the locks:
-- column public.ts.v
CREATE TABLE backout_archive_1.type_26127_3_left (a text, backout_value text);
-- column public.ts.v
CREATE FUNCTION backout_archive_1.type_26127_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_26127_3 c WHERE c.a = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::integer)::numeric)::text IS NULL OR ((($2::integer)::numeric)::integer)::text = $2 THEN RETURN (($2::integer)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_26127_3_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- column public.ts.a
ALTER TABLE public.ts RENAME COLUMN b TO backout_renamed_16410_1;
-- column public.ts.b
ALTER TABLE public.ts RENAME COLUMN a TO backout_renamed_16410_2;
-- column public.ts.a
ALTER TABLE public.ts RENAME COLUMN backout_renamed_16410_1 TO a;
-- column public.ts.b
ALTER TABLE public.ts RENAME COLUMN backout_renamed_16410_2 TO b;
-- column public.ts.v
ALTER TABLE public.ts ALTER COLUMN v TYPE numeric USING backout_archive_1.type_26127_3_back(a::text, v::text)::numeric;

-- closing:
-- column public.ts.v
DROP FUNCTION backout_archive_1.type_26127_3_back;

-- parts:
--   column public.ts.a
--   column public.ts.b
--   column public.ts.v
--   constraint ts_b_key on public.ts
--   constraint ts_pkey on public.ts
--   index public.ts_b_key
--   index public.ts_pkey
--   table public.ts

-- renumbered:
--   (#pg_class:16410:1, "column public.ts.a")
--   (#pg_class:16410:2, "column public.ts.b")
--   (#pg_class:16410:3, "column public.ts.v")
--   (#pg_class:16411:0, "index public.ts_pkey")
--   (#pg_class:16413:0, "index public.ts_b_key")
--   (#pg_constraint:16412:0, "constraint ts_pkey on public.ts")
--   (#pg_constraint:16414:0, "constraint ts_b_key on public.ts")

-- may be set aside:
--   Aside { schema: "public", table: "ts", column: Some("v"), copy_schema: "backout_archive_1", copy: "type_26127_3_left", by: TextKey(["a"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_26127_3_left", forced: None, otherwise: "values of column public.ts.v that were written since do not fit its former type; they lie in backout_archive_1.type_26127_3_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::integer)::numeric)::integer)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.ts t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_26127_3 c WHERE c.a = t.b::text AND c.backout_new IS NOT DISTINCT FROM t.v::text)", keys: Some("SELECT ROW(t.b)::text FROM public.ts t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_26127_3 c WHERE c.a = t.b::text AND c.backout_new IS NOT DISTINCT FROM t.v::text) LIMIT 5"), object: "column public.ts.v", otherwise: "values that do not fit its former type are set aside or cut" }
