-- locks:
--   public.ta, ACCESS EXCLUSIVE

-- before the locks:
-- column public.ta.b
CREATE INDEX ON backout_archive_1.type_147600_2 ((pg_catalog.md5(coalesce(backout_new, '~'))), backout_row);
-- column public.ta.b
CREATE TABLE backout_archive_1.type_147600_2_left (backout_value text);
-- column public.ta.b
CREATE FUNCTION backout_archive_1.type_147600_2_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_147600_2 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_147600_2 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'')) AND c.backout_new IS NOT DISTINCT FROM $1 ORDER BY pg_catalog.md5(coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::integer)::numeric(10,2))::text IS NULL OR ((($1::integer)::numeric(10,2))::integer)::text = $1 THEN RETURN (($1::integer)::numeric(10,2))::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_147600_2_left VALUES ($1); RETURN NULL; END';

-- steps:
-- column public.ta.b
ALTER TABLE public.ta ALTER COLUMN b TYPE numeric(10,2) USING backout_archive_1.type_147600_2_back(b::text)::numeric(10,2);
-- table public.ta
ALTER TABLE public.ta RENAME TO backout_rebuilt_16410;
-- table public.ta
CREATE TABLE public.ta (a character varying(20), b numeric(10,2));
-- table public.ta
INSERT INTO public.ta (a, b) OVERRIDING SYSTEM VALUE SELECT w.a, t.b FROM (SELECT i.*, ROW(i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.b)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.b)::text) AS backout_place FROM backout_archive_1.rows_147600 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.ta
DROP TABLE public.backout_rebuilt_16410;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b)::text FROM backout_archive_1.rows_147600 i EXCEPT ALL SELECT ROW(i.a, i.b)::text FROM ONLY public.ta i) d; forced None; otherwise rows of public.ta were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_147600; if none None

-- closing:
-- column public.ta.b
DROP FUNCTION backout_archive_1.type_147600_2_back;

-- tail:
-- table public.ta: analyze
ANALYZE public.ta;

-- rebuilt:
--   public.ta

-- remade:
--   #pg_class:16410:0 table public.ta

-- parts:
--   column public.ta.a
--   column public.ta.b
--   table public.ta

-- renumbered:
--   (#pg_class:16410:0, "table public.ta")
--   (#pg_class:16410:1, "column public.ta.a")
--   (#pg_class:16410:2, "column public.ta.b")

-- may be set aside:
--   Aside { schema: "public", table: "ta", column: Some("b"), copy_schema: "backout_archive_1", copy: "type_147600_2_left", by: Nothing, left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_147600_2_left", forced: None, otherwise: "values of column public.ta.b that were written since do not fit its former type; they lie in backout_archive_1.type_147600_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::integer)::numeric(10,2))::integer)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.ta t WHERE t.b IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.b::text)", keys: None, object: "column public.ta.b", otherwise: "values that do not fit its former type are set aside or cut" }
