-- locks:
--   public.k2, ACCESS EXCLUSIVE

-- before the locks:
-- column public.k2.a
CREATE INDEX ON backout_archive_1.type_40969_1 ((pg_catalog.md5(coalesce(n, '~') || '|' || coalesce(backout_new, '~'))), backout_row);
-- column public.k2.a
CREATE TABLE backout_archive_1.type_40969_1_left (n text, backout_value text);
-- column public.k2.a
CREATE FUNCTION backout_archive_1.type_40969_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_40969_1 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_40969_1 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.n, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'') || ''|'' || coalesce($2, ''~'')) AND c.n IS NOT DISTINCT FROM $1 AND c.backout_new IS NOT DISTINCT FROM $2 ORDER BY pg_catalog.md5(coalesce(c.n, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::text)::integer)::text IS NULL OR ((($2::text)::integer)::text)::text = $2 THEN RETURN (($2::text)::integer)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_40969_1_left VALUES ($1, $2); RETURN NULL; END';
-- column public.k2.b
CREATE INDEX ON backout_archive_1.type_40969_2 ((pg_catalog.md5(coalesce(n, '~') || '|' || coalesce(backout_new, '~'))), backout_row);
-- column public.k2.b
CREATE TABLE backout_archive_1.type_40969_2_left (n text, backout_value text);
-- column public.k2.b
CREATE FUNCTION backout_archive_1.type_40969_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_40969_2 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_40969_2 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.n, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'') || ''|'' || coalesce($2, ''~'')) AND c.n IS NOT DISTINCT FROM $1 AND c.backout_new IS NOT DISTINCT FROM $2 ORDER BY pg_catalog.md5(coalesce(c.n, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::text)::integer)::text IS NULL OR ((($2::text)::integer)::text)::text = $2 THEN RETURN (($2::text)::integer)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_40969_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- what the migration added
ALTER TABLE public.k2 DROP CONSTRAINT IF EXISTS k2_pkey CASCADE;
-- column public.k2.a
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.rows_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.k2 t WHERE a IS NOT NULL AND backout_archive_1.type_40969_1_back(n::text, a::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16410_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.k2 ALTER COLUMN a TYPE integer USING backout_archive_1.type_40969_1_back(n::text, a::text)::integer"], count: "", otherwise: "", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16410_1", "rows of public.k2 that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16410_1")), if_none: [] }
ALTER TABLE public.k2 ALTER COLUMN a TYPE integer USING backout_archive_1.type_40969_1_back(n::text, a::text)::integer;
-- column public.k2.b
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.rows_16410_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.k2 t WHERE b IS NOT NULL AND backout_archive_1.type_40969_2_back(n::text, b::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16410_2 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.k2 ALTER COLUMN b TYPE integer USING backout_archive_1.type_40969_2_back(n::text, b::text)::integer"], count: "", otherwise: "", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16410_2", "rows of public.k2 that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16410_2")), if_none: [] }
ALTER TABLE public.k2 ALTER COLUMN b TYPE integer USING backout_archive_1.type_40969_2_back(n::text, b::text)::integer;
-- constraint k2_pkey on public.k2
--   may clash: Values, at once None
ALTER TABLE public.k2 ADD CONSTRAINT k2_pkey PRIMARY KEY (a, b);

-- closing:
-- column public.k2.a
DROP FUNCTION backout_archive_1.type_40969_1_back;
-- column public.k2.b
DROP FUNCTION backout_archive_1.type_40969_2_back;

-- parts:
--   column public.k2.a
--   column public.k2.b
--   column public.k2.n
--   constraint k2_pkey on public.k2
--   index public.k2_pkey
--   table public.k2

-- renumbered:
--   (#pg_class:16410:1, "column public.k2.a")
--   (#pg_class:16410:2, "column public.k2.b")
--   (#pg_class:16410:3, "column public.k2.n")
--   (#pg_class:16411:0, "index public.k2_pkey")
--   (#pg_constraint:16412:0, "constraint k2_pkey on public.k2")

-- may be set aside:
--   Aside { schema: "public", table: "k2", column: None, copy_schema: "backout_undone_1", copy: "rows_16410_1", by: Json, left: None }
--   Aside { schema: "public", table: "k2", column: None, copy_schema: "backout_undone_1", copy: "rows_16410_2", by: Json, left: None }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_40969_1_left", forced: None, otherwise: "values of column public.k2.a that were written since do not fit its former type; they lie in backout_archive_1.type_40969_1_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_40969_2_left", forced: None, otherwise: "values of column public.k2.b that were written since do not fit its former type; they lie in backout_archive_1.type_40969_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.k2 t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.a::text)", keys: Some("SELECT ROW(t.a, t.b)::text FROM public.k2 t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.a::text) LIMIT 5"), object: "column public.k2.a", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.k2 t WHERE t.b IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.b::text)", keys: Some("SELECT ROW(t.a, t.b)::text FROM public.k2 t WHERE t.b IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.b::text) LIMIT 5"), object: "column public.k2.b", otherwise: "values that do not fit its former type are set aside or cut" }
