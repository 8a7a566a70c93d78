-- locks:
--   public.fa, ACCESS EXCLUSIVE
--   public.fb, ACCESS EXCLUSIVE
--   public.ga, ACCESS EXCLUSIVE
--   public.ga1, ACCESS EXCLUSIVE
--   public.ga2, ACCESS EXCLUSIVE
--   public.ga3, ACCESS EXCLUSIVE

-- before the locks:
-- column public.fa.ok
CREATE INDEX ON backout_archive_1.type_37087_2 ((pg_catalog.md5(coalesce(id, '~') || '|' || coalesce(n, '~') || '|' || coalesce(backout_new, '~'))), backout_row);
-- column public.fa.ok
CREATE TABLE backout_archive_1.type_37087_2_left (id text, n text, backout_value text);
-- column public.fa.ok
CREATE FUNCTION backout_archive_1.type_37087_2_back(text, text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_37087_2 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_37087_2 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.id, ''~'') || ''|'' || coalesce(c.n, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'') || ''|'' || coalesce($2, ''~'') || ''|'' || coalesce($3, ''~'')) AND c.id IS NOT DISTINCT FROM $1 AND c.n IS NOT DISTINCT FROM $2 AND c.backout_new IS NOT DISTINCT FROM $3 ORDER BY pg_catalog.md5(coalesce(c.id, ''~'') || ''|'' || coalesce(c.n, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($3::text)::boolean)::text IS NULL OR ((($3::text)::boolean)::text)::text = $3 THEN RETURN (($3::text)::boolean)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_37087_2_left VALUES ($1, $2, $3); RETURN NULL; END';
-- column public.ga.ok
CREATE TABLE backout_archive_1.type_37095_2_left (id text, backout_value text);
-- column public.ga.ok
CREATE FUNCTION backout_archive_1.type_37095_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_37095_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::text)::boolean)::text IS NULL OR ((($2::text)::boolean)::text)::text = $2 THEN RETURN (($2::text)::boolean)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_37095_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- column public.fa.ok
ALTER TABLE public.fa ALTER COLUMN ok TYPE boolean USING backout_archive_1.type_37087_2_back(id::text, n::text, ok::text)::boolean;
-- column public.ga.ok
ALTER TABLE public.ga ALTER COLUMN ok TYPE boolean USING backout_archive_1.type_37095_2_back(id::text, ok::text)::boolean;

-- closing:
-- column public.fa.ok
DROP FUNCTION backout_archive_1.type_37087_2_back;
-- column public.ga.ok
DROP FUNCTION backout_archive_1.type_37095_2_back;

-- parts:
--   column public.fa.id
--   column public.fa.n
--   column public.fa.ok
--   column public.fb.id
--   column public.fb.n
--   column public.fb.ok
--   column public.fb.x
--   column public.ga.id
--   column public.ga.ok
--   column public.ga1.id
--   column public.ga1.ok
--   column public.ga2.id
--   column public.ga2.ok
--   column public.ga3.id
--   column public.ga3.ok
--   constraint fa_pkey on public.fa
--   constraint ga1_pkey on public.ga1
--   constraint ga2_pkey on public.ga2
--   constraint ga3_pkey on public.ga3
--   constraint ga_pkey on public.ga
--   index public.fa_pkey
--   index public.ga1_pkey
--   index public.ga2_pkey
--   index public.ga3_pkey
--   index public.ga_pkey
--   table public.fa
--   table public.fb
--   table public.ga
--   table public.ga1
--   table public.ga2
--   table public.ga3

-- renumbered:
--   (#pg_class:16410:1, "column public.fa.id")
--   (#pg_class:16410:2, "column public.fa.ok")
--   (#pg_class:16410:3, "column public.fa.n")
--   (#pg_class:16411:0, "index public.fa_pkey")
--   (#pg_class:16413:1, "column public.fb.id")
--   (#pg_class:16413:2, "column public.fb.ok")
--   (#pg_class:16413:3, "column public.fb.n")
--   (#pg_class:16413:4, "column public.fb.x")
--   (#pg_class:16414:1, "column public.ga.id")
--   (#pg_class:16414:2, "column public.ga.ok")
--   (#pg_class:16415:0, "index public.ga_pkey")
--   (#pg_class:16417:1, "column public.ga1.id")
--   (#pg_class:16417:2, "column public.ga1.ok")
--   (#pg_class:16418:0, "index public.ga1_pkey")
--   (#pg_class:16420:1, "column public.ga2.id")
--   (#pg_class:16420:2, "column public.ga2.ok")
--   (#pg_class:16421:0, "index public.ga2_pkey")
--   (#pg_class:16423:1, "column public.ga3.id")
--   (#pg_class:16423:2, "column public.ga3.ok")
--   (#pg_class:16424:0, "index public.ga3_pkey")
--   (#pg_constraint:16412:0, "constraint fa_pkey on public.fa")
--   (#pg_constraint:16416:0, "constraint ga_pkey on public.ga")
--   (#pg_constraint:16419:0, "constraint ga1_pkey on public.ga1")
--   (#pg_constraint:16422:0, "constraint ga2_pkey on public.ga2")
--   (#pg_constraint:16425:0, "constraint ga3_pkey on public.ga3")

-- may be set aside:
--   Aside { schema: "public", table: "fa", column: Some("ok"), copy_schema: "backout_archive_1", copy: "type_37087_2_left", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "ga", column: Some("ok"), copy_schema: "backout_archive_1", copy: "type_37095_2_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_37087_2_left", forced: None, otherwise: "values of column public.fa.ok that were written since do not fit its former type; they lie in backout_archive_1.type_37087_2_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_37095_2_left", forced: None, otherwise: "values of column public.ga.ok that were written since do not fit its former type; they lie in backout_archive_1.type_37095_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::boolean) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.fa t WHERE t.ok IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.ok::text)", keys: Some("SELECT ROW(t.id)::text FROM public.fa t WHERE t.ok IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.ok::text) LIMIT 5"), object: "column public.fa.ok", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16414_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::boolean) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.ga t WHERE t.ok IS NOT NULL AND NOT pg_temp.backout_fits_16414_2(t.ok::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_37095_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.ok::text)", keys: Some("SELECT ROW(t.id)::text FROM public.ga t WHERE t.ok IS NOT NULL AND NOT pg_temp.backout_fits_16414_2(t.ok::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_37095_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.ok::text) LIMIT 5"), object: "column public.ga.ok", otherwise: "values that do not fit its former type are set aside or cut" }
