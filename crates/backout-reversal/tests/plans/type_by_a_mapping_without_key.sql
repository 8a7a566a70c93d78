-- locks:
--   public.tm, ACCESS EXCLUSIVE
--   public.tp, ACCESS EXCLUSIVE
--   public.tp1, ACCESS EXCLUSIVE
--   public.tp2, ACCESS EXCLUSIVE

-- before the locks:
-- column public.tm.ok
CREATE INDEX ON backout_archive_1.type_35613_1 ((pg_catalog.md5(coalesce(w, '~') || '|' || coalesce(backout_new, '~'))), backout_row);
-- column public.tm.ok
CREATE TABLE backout_archive_1.type_35613_1_left (w text, backout_value text);
-- column public.tm.ok
CREATE FUNCTION backout_archive_1.type_35613_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_35613_1 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_35613_1 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.w, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'') || ''|'' || coalesce($2, ''~'')) AND c.w IS NOT DISTINCT FROM $1 AND c.backout_new IS NOT DISTINCT FROM $2 ORDER BY pg_catalog.md5(coalesce(c.w, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::public.state)::text::boolean)::text IS NULL OR ((($2::public.state)::text::boolean)::text::public.state)::text = $2 THEN RETURN (($2::public.state)::text::boolean)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_35613_1_left VALUES ($1, $2); RETURN NULL; END';
-- column public.tm.n
CREATE INDEX ON backout_archive_1.type_35613_2 ((pg_catalog.md5(coalesce(w, '~') || '|' || coalesce(backout_new, '~'))), backout_row);
-- column public.tm.n
CREATE TABLE backout_archive_1.type_35613_2_left (w text, backout_value text);
-- column public.tm.n
CREATE FUNCTION backout_archive_1.type_35613_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_35613_2 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_35613_2 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.w, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'') || ''|'' || coalesce($2, ''~'')) AND c.w IS NOT DISTINCT FROM $1 AND c.backout_new IS NOT DISTINCT FROM $2 ORDER BY pg_catalog.md5(coalesce(c.w, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::integer)::numeric)::text IS NULL OR ((($2::integer)::numeric)::integer)::text = $2 THEN RETURN (($2::integer)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_35613_2_left VALUES ($1, $2); RETURN NULL; END';
-- column public.tp.ok
CREATE INDEX ON backout_archive_1.type_35624_2 ((pg_catalog.md5(coalesce(a, '~') || '|' || coalesce(backout_new, '~'))), backout_row);
-- column public.tp.ok
CREATE TABLE backout_archive_1.type_35624_2_left (a text, backout_value text);
-- column public.tp.ok
CREATE FUNCTION backout_archive_1.type_35624_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_35624_2 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_35624_2 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.a, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'') || ''|'' || coalesce($2, ''~'')) AND c.a IS NOT DISTINCT FROM $1 AND c.backout_new IS NOT DISTINCT FROM $2 ORDER BY pg_catalog.md5(coalesce(c.a, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::public.state)::text::boolean)::text IS NULL OR ((($2::public.state)::text::boolean)::text::public.state)::text = $2 THEN RETURN (($2::public.state)::text::boolean)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_35624_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- type public.state
ALTER TYPE public.state RENAME TO backout_rebuilt_16416;
-- column public.tm.ok
ALTER TABLE public.tm ALTER COLUMN ok TYPE boolean USING backout_archive_1.type_35613_1_back(w::text, ok::text)::boolean;
-- column public.tm.n
ALTER TABLE public.tm ALTER COLUMN n TYPE numeric USING backout_archive_1.type_35613_2_back(w::text, n::text)::numeric;
-- column public.tp.ok
ALTER TABLE public.tp ALTER COLUMN ok TYPE boolean USING backout_archive_1.type_35624_2_back(a::text, ok::text)::boolean;
-- type public.state
DROP TYPE public.backout_rebuilt_16416;

-- closing:
-- column public.tm.ok
DROP FUNCTION backout_archive_1.type_35613_1_back;
-- column public.tm.n
DROP FUNCTION backout_archive_1.type_35613_2_back;
-- column public.tp.ok
DROP FUNCTION backout_archive_1.type_35624_2_back;

-- parts:
--   column public.tm.n
--   column public.tm.ok
--   column public.tm.w
--   column public.tp.a
--   column public.tp.ok
--   column public.tp1.a
--   column public.tp1.ok
--   column public.tp2.a
--   column public.tp2.ok
--   table public.tm
--   table public.tp
--   table public.tp1
--   table public.tp2

-- renumbered:
--   (#pg_class:16410:1, "column public.tm.ok")
--   (#pg_class:16410:2, "column public.tm.n")
--   (#pg_class:16410:3, "column public.tm.w")
--   (#pg_class:16411:1, "column public.tp.a")
--   (#pg_class:16411:2, "column public.tp.ok")
--   (#pg_class:16412:1, "column public.tp1.a")
--   (#pg_class:16412:2, "column public.tp1.ok")
--   (#pg_class:16413:1, "column public.tp2.a")
--   (#pg_class:16413:2, "column public.tp2.ok")

-- may be set aside:
--   Aside { schema: "public", table: "tm", column: Some("ok"), copy_schema: "backout_archive_1", copy: "type_35613_1_left", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "tm", column: Some("n"), copy_schema: "backout_archive_1", copy: "type_35613_2_left", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "tp", column: Some("ok"), copy_schema: "backout_archive_1", copy: "type_35624_2_left", by: Nothing, left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_35613_1_left", forced: None, otherwise: "values of column public.tm.ok that were written since do not fit its former type; they lie in backout_archive_1.type_35613_1_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_35613_2_left", forced: None, otherwise: "values of column public.tm.n that were written since do not fit its former type; they lie in backout_archive_1.type_35613_2_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_35624_2_left", forced: None, otherwise: "values of column public.tp.ok that were written since do not fit its former type; they lie in backout_archive_1.type_35624_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::public.state)::text::boolean) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.tm t WHERE t.ok IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.ok::text)", keys: None, object: "column public.tm.ok", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::integer)::numeric)::integer)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.tm t WHERE t.n IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.n::text)", keys: None, object: "column public.tm.n", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16411_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::public.state)::text::boolean) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.tp t WHERE t.ok IS NOT NULL AND NOT pg_temp.backout_fits_16411_2(t.ok::text)", keys: None, object: "column public.tp.ok", otherwise: "values that do not fit its former type are set aside or cut" }
