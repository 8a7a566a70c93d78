-- locks:
--   public.na, ACCESS EXCLUSIVE
--   public.nb, ACCESS EXCLUSIVE

-- before the locks:
-- column public.na.a
CREATE TABLE backout_archive_1.type_135050_2_left (id text, backout_value text);
-- column public.na.a
CREATE FUNCTION backout_archive_1.type_135050_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_135050_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::numeric(10,2))::numeric)::text IS NULL OR ((($2::numeric(10,2))::numeric)::numeric(10,2))::text = $2 THEN RETURN (($2::numeric(10,2))::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135050_2_left VALUES ($1, $2); RETURN NULL; END';
-- column public.na.b
CREATE TABLE backout_archive_1.type_135050_3_left (id text, backout_value text);
-- column public.na.b
CREATE FUNCTION backout_archive_1.type_135050_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_135050_3 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::numeric)::numeric)::text IS NULL OR ((($2::numeric)::numeric)::numeric)::text = $2 THEN RETURN (($2::numeric)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135050_3_left VALUES ($1, $2); RETURN NULL; END';
-- column public.na.c
CREATE TABLE backout_archive_1.type_135050_4_left (id text, backout_value text);
-- column public.na.c
CREATE FUNCTION backout_archive_1.type_135050_4_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_135050_4 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::timestamp with time zone)::timestamp with time zone)::text IS NULL OR ((($2::timestamp with time zone)::timestamp with time zone)::timestamp with time zone)::text = $2 THEN RETURN (($2::timestamp with time zone)::timestamp with time zone)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135050_4_left VALUES ($1, $2); RETURN NULL; END';
-- column public.na.d
CREATE TABLE backout_archive_1.type_135050_5_left (id text, backout_value text);
-- column public.na.d
CREATE FUNCTION backout_archive_1.type_135050_5_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_135050_5 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::text)::text)::text IS NULL OR ((($2::text)::text)::text)::text = $2 THEN RETURN (($2::text)::text)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135050_5_left VALUES ($1, $2); RETURN NULL; END';
-- column public.na.e
CREATE TABLE backout_archive_1.type_135050_6_left (id text, backout_value text);
-- column public.na.e
CREATE FUNCTION backout_archive_1.type_135050_6_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_135050_6 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::character varying(1))::text)::text IS NULL OR ((($2::character varying(1))::text)::character varying(1))::text = $2 THEN RETURN (($2::character varying(1))::text)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135050_6_left VALUES ($1, $2); RETURN NULL; END';
-- column public.nb.a
CREATE INDEX ON backout_archive_1.type_135057_1 ((pg_catalog.md5(coalesce(backout_new, '~'))), backout_row);
-- column public.nb.a
CREATE TABLE backout_archive_1.type_135057_1_left (backout_value text);
-- column public.nb.a
CREATE FUNCTION backout_archive_1.type_135057_1_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_135057_1 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_135057_1 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'')) AND c.backout_new IS NOT DISTINCT FROM $1 ORDER BY pg_catalog.md5(coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::numeric(10,2))::numeric)::text IS NULL OR ((($1::numeric(10,2))::numeric)::numeric(10,2))::text = $1 THEN RETURN (($1::numeric(10,2))::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135057_1_left VALUES ($1); RETURN NULL; END';
-- column public.nb.b
CREATE INDEX ON backout_archive_1.type_135057_2 ((pg_catalog.md5(coalesce(backout_new, '~'))), backout_row);
-- column public.nb.b
CREATE TABLE backout_archive_1.type_135057_2_left (backout_value text);
-- column public.nb.b
CREATE FUNCTION backout_archive_1.type_135057_2_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_135057_2 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_135057_2 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'')) AND c.backout_new IS NOT DISTINCT FROM $1 ORDER BY pg_catalog.md5(coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::numeric)::numeric)::text IS NULL OR ((($1::numeric)::numeric)::numeric)::text = $1 THEN RETURN (($1::numeric)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135057_2_left VALUES ($1); RETURN NULL; END';
-- column public.nb.c
CREATE INDEX ON backout_archive_1.type_135057_3 ((pg_catalog.md5(coalesce(backout_new, '~'))), backout_row);
-- column public.nb.c
CREATE TABLE backout_archive_1.type_135057_3_left (backout_value text);
-- column public.nb.c
CREATE FUNCTION backout_archive_1.type_135057_3_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_135057_3 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_135057_3 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'')) AND c.backout_new IS NOT DISTINCT FROM $1 ORDER BY pg_catalog.md5(coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::timestamp with time zone)::timestamp with time zone)::text IS NULL OR ((($1::timestamp with time zone)::timestamp with time zone)::timestamp with time zone)::text = $1 THEN RETURN (($1::timestamp with time zone)::timestamp with time zone)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135057_3_left VALUES ($1); RETURN NULL; END';
-- column public.nb.d
CREATE INDEX ON backout_archive_1.type_135057_4 ((pg_catalog.md5(coalesce(backout_new, '~'))), backout_row);
-- column public.nb.d
CREATE TABLE backout_archive_1.type_135057_4_left (backout_value text);
-- column public.nb.d
CREATE FUNCTION backout_archive_1.type_135057_4_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_135057_4 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_135057_4 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'')) AND c.backout_new IS NOT DISTINCT FROM $1 ORDER BY pg_catalog.md5(coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::text)::text)::text IS NULL OR ((($1::text)::text)::text)::text = $1 THEN RETURN (($1::text)::text)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135057_4_left VALUES ($1); RETURN NULL; END';
-- column public.nb.e
CREATE INDEX ON backout_archive_1.type_135057_5 ((pg_catalog.md5(coalesce(backout_new, '~'))), backout_row);
-- column public.nb.e
CREATE TABLE backout_archive_1.type_135057_5_left (backout_value text);
-- column public.nb.e
CREATE FUNCTION backout_archive_1.type_135057_5_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_135057_5 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_135057_5 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'')) AND c.backout_new IS NOT DISTINCT FROM $1 ORDER BY pg_catalog.md5(coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::character varying(1))::text)::text IS NULL OR ((($1::character varying(1))::text)::character varying(1))::text = $1 THEN RETURN (($1::character varying(1))::text)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135057_5_left VALUES ($1); RETURN NULL; END';

-- steps:
-- column public.na.a
ALTER TABLE public.na ALTER COLUMN a TYPE numeric USING backout_archive_1.type_135050_2_back(id::text, a::text)::numeric;
-- column public.na.b
ALTER TABLE public.na ALTER COLUMN b TYPE numeric USING backout_archive_1.type_135050_3_back(id::text, b::text)::numeric;
-- column public.na.c
ALTER TABLE public.na ALTER COLUMN c TYPE timestamp with time zone USING backout_archive_1.type_135050_4_back(id::text, c::text)::timestamp with time zone;
-- column public.na.d
ALTER TABLE public.na ALTER COLUMN d TYPE text USING backout_archive_1.type_135050_5_back(id::text, d::text)::text;
-- column public.na.e
ALTER TABLE public.na ALTER COLUMN e TYPE text USING backout_archive_1.type_135050_6_back(id::text, e::text)::text;
-- column public.nb.a
ALTER TABLE public.nb ALTER COLUMN a TYPE numeric USING backout_archive_1.type_135057_1_back(a::text)::numeric;
-- column public.nb.b
ALTER TABLE public.nb ALTER COLUMN b TYPE numeric USING backout_archive_1.type_135057_2_back(b::text)::numeric;
-- column public.nb.c
ALTER TABLE public.nb ALTER COLUMN c TYPE timestamp with time zone USING backout_archive_1.type_135057_3_back(c::text)::timestamp with time zone;
-- column public.nb.d
ALTER TABLE public.nb ALTER COLUMN d TYPE text USING backout_archive_1.type_135057_4_back(d::text)::text;
-- column public.nb.e
ALTER TABLE public.nb ALTER COLUMN e TYPE text USING backout_archive_1.type_135057_5_back(e::text)::text;

-- closing:
-- column public.na.a
DROP FUNCTION backout_archive_1.type_135050_2_back;
-- column public.na.b
DROP FUNCTION backout_archive_1.type_135050_3_back;
-- column public.na.c
DROP FUNCTION backout_archive_1.type_135050_4_back;
-- column public.na.d
DROP FUNCTION backout_archive_1.type_135050_5_back;
-- column public.na.e
DROP FUNCTION backout_archive_1.type_135050_6_back;
-- column public.nb.a
DROP FUNCTION backout_archive_1.type_135057_1_back;
-- column public.nb.b
DROP FUNCTION backout_archive_1.type_135057_2_back;
-- column public.nb.c
DROP FUNCTION backout_archive_1.type_135057_3_back;
-- column public.nb.d
DROP FUNCTION backout_archive_1.type_135057_4_back;
-- column public.nb.e
DROP FUNCTION backout_archive_1.type_135057_5_back;

-- parts:
--   column public.na.a
--   column public.na.b
--   column public.na.c
--   column public.na.d
--   column public.na.e
--   column public.na.id
--   column public.nb.a
--   column public.nb.b
--   column public.nb.c
--   column public.nb.d
--   column public.nb.e
--   constraint na_pkey on public.na
--   index public.na_pkey
--   table public.na
--   table public.nb

-- renumbered:
--   (#pg_class:16410:1, "column public.na.id")
--   (#pg_class:16410:2, "column public.na.a")
--   (#pg_class:16410:3, "column public.na.b")
--   (#pg_class:16410:4, "column public.na.c")
--   (#pg_class:16410:5, "column public.na.d")
--   (#pg_class:16410:6, "column public.na.e")
--   (#pg_class:16411:0, "index public.na_pkey")
--   (#pg_class:16413:1, "column public.nb.a")
--   (#pg_class:16413:2, "column public.nb.b")
--   (#pg_class:16413:3, "column public.nb.c")
--   (#pg_class:16413:4, "column public.nb.d")
--   (#pg_class:16413:5, "column public.nb.e")
--   (#pg_constraint:16412:0, "constraint na_pkey on public.na")

-- may be set aside:
--   Aside { schema: "public", table: "na", column: Some("a"), copy_schema: "backout_archive_1", copy: "type_135050_2_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "na", column: Some("b"), copy_schema: "backout_archive_1", copy: "type_135050_3_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "na", column: Some("c"), copy_schema: "backout_archive_1", copy: "type_135050_4_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "na", column: Some("d"), copy_schema: "backout_archive_1", copy: "type_135050_5_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "na", column: Some("e"), copy_schema: "backout_archive_1", copy: "type_135050_6_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "nb", column: Some("a"), copy_schema: "backout_archive_1", copy: "type_135057_1_left", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "nb", column: Some("b"), copy_schema: "backout_archive_1", copy: "type_135057_2_left", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "nb", column: Some("c"), copy_schema: "backout_archive_1", copy: "type_135057_3_left", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "nb", column: Some("d"), copy_schema: "backout_archive_1", copy: "type_135057_4_left", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "nb", column: Some("e"), copy_schema: "backout_archive_1", copy: "type_135057_5_left", by: Nothing, left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135050_2_left", forced: None, otherwise: "values of column public.na.a that were written since do not fit its former type; they lie in backout_archive_1.type_135050_2_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135050_3_left", forced: None, otherwise: "values of column public.na.b that were written since do not fit its former type; they lie in backout_archive_1.type_135050_3_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135050_4_left", forced: None, otherwise: "values of column public.na.c that were written since do not fit its former type; they lie in backout_archive_1.type_135050_4_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135050_5_left", forced: None, otherwise: "values of column public.na.d that were written since do not fit its former type; they lie in backout_archive_1.type_135050_5_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135050_6_left", forced: None, otherwise: "values of column public.na.e that were written since do not fit its former type; they lie in backout_archive_1.type_135050_6_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135057_1_left", forced: None, otherwise: "values of column public.nb.a that were written since do not fit its former type; they lie in backout_archive_1.type_135057_1_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135057_2_left", forced: None, otherwise: "values of column public.nb.b that were written since do not fit its former type; they lie in backout_archive_1.type_135057_2_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135057_3_left", forced: None, otherwise: "values of column public.nb.c that were written since do not fit its former type; they lie in backout_archive_1.type_135057_3_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135057_4_left", forced: None, otherwise: "values of column public.nb.d that were written since do not fit its former type; they lie in backout_archive_1.type_135057_4_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135057_5_left", forced: None, otherwise: "values of column public.nb.e that were written since do not fit its former type; they lie in backout_archive_1.type_135057_5_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::numeric(10,2))::numeric)::numeric(10,2))::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.na t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.a::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_135050_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.a::text)", keys: Some("SELECT ROW(t.id)::text FROM public.na t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.a::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_135050_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.a::text) LIMIT 5"), object: "column public.na.a", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_6(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::character varying(1))::text)::character varying(1))::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.na t WHERE t.e IS NOT NULL AND NOT pg_temp.backout_fits_16410_6(t.e::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_135050_6 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.e::text)", keys: Some("SELECT ROW(t.id)::text FROM public.na t WHERE t.e IS NOT NULL AND NOT pg_temp.backout_fits_16410_6(t.e::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_135050_6 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.e::text) LIMIT 5"), object: "column public.na.e", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16413_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::numeric(10,2))::numeric)::numeric(10,2))::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nb t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16413_1(t.a::text)", keys: None, object: "column public.nb.a", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16413_5(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::character varying(1))::text)::character varying(1))::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nb t WHERE t.e IS NOT NULL AND NOT pg_temp.backout_fits_16413_5(t.e::text)", keys: None, object: "column public.nb.e", otherwise: "values that do not fit its former type are set aside or cut" }
