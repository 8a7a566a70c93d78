-- locks:
--   public.nc, ACCESS EXCLUSIVE
--   public.nd, ACCESS EXCLUSIVE

-- before the locks:
-- column public.nc.a
CREATE TABLE backout_archive_1.type_134428_2_left (id text, backout_value text);
-- column public.nc.a
CREATE FUNCTION backout_archive_1.type_134428_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_134428_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::bytea)::text::jsonb)::text IS NULL OR ((($2::bytea)::text::jsonb)::text::bytea)::text = $2 THEN RETURN (($2::bytea)::text::jsonb)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_134428_2_left VALUES ($1, $2); RETURN NULL; END';
-- column public.nc.b
CREATE TABLE backout_archive_1.type_134428_3_left (id text, backout_value text);
-- column public.nc.b
CREATE FUNCTION backout_archive_1.type_134428_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_134428_3 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::integer)::text::jsonb)::text IS NULL OR ((($2::integer)::text::jsonb)::integer)::text = $2 THEN RETURN (($2::integer)::text::jsonb)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_134428_3_left VALUES ($1, $2); RETURN NULL; END';
-- column public.nc.c
CREATE TABLE backout_archive_1.type_134428_4_left (id text, backout_value text);
-- column public.nc.c
CREATE FUNCTION backout_archive_1.type_134428_4_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_134428_4 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::uuid)::text::bytea)::text IS NULL OR ((($2::uuid)::text::bytea)::text::uuid)::text = $2 THEN RETURN (($2::uuid)::text::bytea)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_134428_4_left VALUES ($1, $2); RETURN NULL; END';
-- column public.nd.a
CREATE INDEX ON backout_archive_1.type_134435_1 ((pg_catalog.md5(coalesce(backout_new, '~'))), backout_row);
-- column public.nd.a
CREATE TABLE backout_archive_1.type_134435_1_left (backout_value text);
-- column public.nd.a
CREATE FUNCTION backout_archive_1.type_134435_1_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_134435_1 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_134435_1 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'')) AND c.backout_new IS NOT DISTINCT FROM $1 ORDER BY pg_catalog.md5(coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::bytea)::text::jsonb)::text IS NULL OR ((($1::bytea)::text::jsonb)::text::bytea)::text = $1 THEN RETURN (($1::bytea)::text::jsonb)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_134435_1_left VALUES ($1); RETURN NULL; END';
-- column public.nd.m
CREATE INDEX ON backout_archive_1.type_134435_2 ((pg_catalog.md5(coalesce(backout_new, '~'))), backout_row);
-- column public.nd.m
CREATE TABLE backout_archive_1.type_134435_2_left (backout_value text);
-- column public.nd.m
CREATE FUNCTION backout_archive_1.type_134435_2_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_134435_2 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_134435_2 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'')) AND c.backout_new IS NOT DISTINCT FROM $1 ORDER BY pg_catalog.md5(coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::double precision)::text::money)::text IS NULL OR ((($1::double precision)::text::money)::text::double precision)::text = $1 THEN RETURN (($1::double precision)::text::money)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_134435_2_left VALUES ($1); RETURN NULL; END';
-- column public.nd.p
CREATE INDEX ON backout_archive_1.type_134435_3 ((pg_catalog.md5(coalesce(backout_new, '~'))), backout_row);
-- column public.nd.p
CREATE TABLE backout_archive_1.type_134435_3_left (backout_value text);
-- column public.nd.p
CREATE FUNCTION backout_archive_1.type_134435_3_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_134435_3 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_134435_3 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'')) AND c.backout_new IS NOT DISTINCT FROM $1 ORDER BY pg_catalog.md5(coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::box)::point)::text IS NULL OR ((($1::box)::point)::box)::text = $1 THEN RETURN (($1::box)::point)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_134435_3_left VALUES ($1); RETURN NULL; END';

-- steps:
-- column public.nc.a
ALTER TABLE public.nc ALTER COLUMN a TYPE jsonb USING backout_archive_1.type_134428_2_back(id::text, a::text)::jsonb;
-- column public.nc.b
ALTER TABLE public.nc ALTER COLUMN b TYPE jsonb USING backout_archive_1.type_134428_3_back(id::text, b::text)::jsonb;
-- column public.nc.c
ALTER TABLE public.nc ALTER COLUMN c TYPE bytea USING backout_archive_1.type_134428_4_back(id::text, c::text)::bytea;
-- column public.nd.a
ALTER TABLE public.nd ALTER COLUMN a TYPE jsonb USING backout_archive_1.type_134435_1_back(a::text)::jsonb;
-- column public.nd.m
ALTER TABLE public.nd ALTER COLUMN m TYPE money USING backout_archive_1.type_134435_2_back(m::text)::money;
-- column public.nd.p
ALTER TABLE public.nd ALTER COLUMN p TYPE point USING backout_archive_1.type_134435_3_back(p::text)::point;

-- closing:
-- column public.nc.a
DROP FUNCTION backout_archive_1.type_134428_2_back;
-- column public.nc.b
DROP FUNCTION backout_archive_1.type_134428_3_back;
-- column public.nc.c
DROP FUNCTION backout_archive_1.type_134428_4_back;
-- column public.nd.a
DROP FUNCTION backout_archive_1.type_134435_1_back;
-- column public.nd.m
DROP FUNCTION backout_archive_1.type_134435_2_back;
-- column public.nd.p
DROP FUNCTION backout_archive_1.type_134435_3_back;

-- parts:
--   column public.nc.a
--   column public.nc.b
--   column public.nc.c
--   column public.nc.id
--   column public.nd.a
--   column public.nd.m
--   column public.nd.p
--   constraint nc_pkey on public.nc
--   index public.nc_pkey
--   table public.nc
--   table public.nd

-- renumbered:
--   (#pg_class:16410:1, "column public.nc.id")
--   (#pg_class:16410:2, "column public.nc.a")
--   (#pg_class:16410:3, "column public.nc.b")
--   (#pg_class:16410:4, "column public.nc.c")
--   (#pg_class:16411:0, "index public.nc_pkey")
--   (#pg_class:16413:1, "column public.nd.a")
--   (#pg_class:16413:2, "column public.nd.m")
--   (#pg_class:16413:3, "column public.nd.p")
--   (#pg_constraint:16412:0, "constraint nc_pkey on public.nc")

-- may be set aside:
--   Aside { schema: "public", table: "nc", column: Some("a"), copy_schema: "backout_archive_1", copy: "type_134428_2_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "nc", column: Some("b"), copy_schema: "backout_archive_1", copy: "type_134428_3_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "nc", column: Some("c"), copy_schema: "backout_archive_1", copy: "type_134428_4_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "nd", column: Some("a"), copy_schema: "backout_archive_1", copy: "type_134435_1_left", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "nd", column: Some("m"), copy_schema: "backout_archive_1", copy: "type_134435_2_left", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "nd", column: Some("p"), copy_schema: "backout_archive_1", copy: "type_134435_3_left", by: Nothing, left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_134428_2_left", forced: None, otherwise: "values of column public.nc.a that were written since do not fit its former type; they lie in backout_archive_1.type_134428_2_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_134428_3_left", forced: None, otherwise: "values of column public.nc.b that were written since do not fit its former type; they lie in backout_archive_1.type_134428_3_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_134428_4_left", forced: None, otherwise: "values of column public.nc.c that were written since do not fit its former type; they lie in backout_archive_1.type_134428_4_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_134435_1_left", forced: None, otherwise: "values of column public.nd.a that were written since do not fit its former type; they lie in backout_archive_1.type_134435_1_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_134435_2_left", forced: None, otherwise: "values of column public.nd.m that were written since do not fit its former type; they lie in backout_archive_1.type_134435_2_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_134435_3_left", forced: None, otherwise: "values of column public.nd.p that were written since do not fit its former type; they lie in backout_archive_1.type_134435_3_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bytea)::text::jsonb) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nc t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.a::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_134428_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.a::text)", keys: Some("SELECT ROW(t.id)::text FROM public.nc t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.a::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_134428_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.a::text) LIMIT 5"), object: "column public.nc.a", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::integer)::text::jsonb) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nc t WHERE t.b IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.b::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_134428_3 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.b::text)", keys: Some("SELECT ROW(t.id)::text FROM public.nc t WHERE t.b IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.b::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_134428_3 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.b::text) LIMIT 5"), object: "column public.nc.b", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_4(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::uuid)::text::bytea) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nc t WHERE t.c IS NOT NULL AND NOT pg_temp.backout_fits_16410_4(t.c::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_134428_4 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.c::text)", keys: Some("SELECT ROW(t.id)::text FROM public.nc t WHERE t.c IS NOT NULL AND NOT pg_temp.backout_fits_16410_4(t.c::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_134428_4 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.c::text) LIMIT 5"), object: "column public.nc.c", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16413_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bytea)::text::jsonb) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nd t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16413_1(t.a::text)", keys: None, object: "column public.nd.a", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16413_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::double precision)::text::money) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nd t WHERE t.m IS NOT NULL AND NOT pg_temp.backout_fits_16413_2(t.m::text)", keys: None, object: "column public.nd.m", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16413_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::box)::point) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nd t WHERE t.p IS NOT NULL AND NOT pg_temp.backout_fits_16413_3(t.p::text)", keys: None, object: "column public.nd.p", otherwise: "values that do not fit its former type are set aside or cut" }
