-- locks:
--   public.tn, ACCESS EXCLUSIVE

-- before the locks:
-- column public.tn.ok
CREATE INDEX ON backout_archive_1.type_36540_1 ((pg_catalog.md5(coalesce(n, '~') || '|' || coalesce(gone, '~') || '|' || coalesce(backout_new, '~'))), backout_row);
-- column public.tn.ok
CREATE TABLE backout_archive_1.type_36540_1_left (n text, gone text, backout_value text);
-- column public.tn.ok
CREATE FUNCTION backout_archive_1.type_36540_1_back(text, text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_36540_1 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_36540_1 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.n, ''~'') || ''|'' || coalesce(c.gone, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'') || ''|'' || coalesce($2, ''~'') || ''|'' || coalesce($3, ''~'')) AND c.n IS NOT DISTINCT FROM $1 AND c.gone IS NOT DISTINCT FROM $2 AND c.backout_new IS NOT DISTINCT FROM $3 ORDER BY pg_catalog.md5(coalesce(c.n, ''~'') || ''|'' || coalesce(c.gone, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($3::text)::boolean)::text IS NULL OR ((($3::text)::boolean)::text)::text = $3 THEN RETURN (($3::text)::boolean)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_36540_1_left VALUES ($1, $2, $3); RETURN NULL; END';

-- steps:
-- column public.tn.gone
ALTER TABLE public.tn ADD COLUMN gone text;
-- column public.tn.gone
UPDATE ONLY public.tn u SET gone = w.gone FROM (SELECT i.ctid AS backout_at, ROW(i.ok, i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.ok, i.n)::text) AS backout_place FROM ONLY public.tn i) t LEFT JOIN (SELECT i.*, ROW(i.ok, i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.ok, i.n)::text) AS backout_place FROM backout_archive_1.rows_36540 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.gone, i.n, i.ok)::text FROM backout_archive_1.rows_36540 i EXCEPT ALL SELECT ROW(i.gone, i.n, i.ok)::text FROM ONLY public.tn i) d; forced None; otherwise rows of public.tn were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_36540; if none None
-- column public.tn.ok
ALTER TABLE public.tn ALTER COLUMN ok TYPE boolean USING backout_archive_1.type_36540_1_back(n::text, gone::text, ok::text)::boolean;

-- closing:
-- column public.tn.ok
DROP FUNCTION backout_archive_1.type_36540_1_back;

-- parts:
--   column public.tn.gone
--   column public.tn.n
--   column public.tn.ok
--   table public.tn

-- renumbered:
--   (#pg_class:16410:1, "column public.tn.ok")
--   (#pg_class:16410:2, "column public.tn.n")
--   (#pg_class:16410:3, "column public.tn.gone")

-- may be set aside:
--   Aside { schema: "public", table: "tn", column: Some("ok"), copy_schema: "backout_archive_1", copy: "type_36540_1_left", by: Nothing, left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_36540_1_left", forced: None, otherwise: "values of column public.tn.ok that were written since do not fit its former type; they lie in backout_archive_1.type_36540_1_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::boolean) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.tn t WHERE t.ok IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.ok::text)", keys: None, object: "column public.tn.ok", otherwise: "values that do not fit its former type are set aside or cut" }
