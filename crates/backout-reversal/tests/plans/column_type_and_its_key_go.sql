-- locks:
--   public.ky, ACCESS EXCLUSIVE

-- before the locks:
-- column public.ky.f
CREATE TABLE backout_archive_1.type_118016_2_left (id text, backout_value text);
-- column public.ky.f
CREATE FUNCTION backout_archive_1.type_118016_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_118016_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::text)::boolean)::text IS NULL OR ((($2::text)::boolean)::text)::text = $2 THEN RETURN (($2::text)::boolean)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_118016_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- column public.ky.id
ALTER TABLE public.ky ADD COLUMN id integer;
-- column public.ky.id
UPDATE ONLY public.ky u SET id = w.id FROM (SELECT i.ctid AS backout_at, ROW(i.f, i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.f, i.w)::text) AS backout_place FROM ONLY public.ky i) t LEFT JOIN (SELECT i.*, ROW(i.f, i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.f, i.w)::text) AS backout_place FROM backout_archive_1.rows_118016 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.f, i.id, i.w)::text FROM backout_archive_1.rows_118016 i EXCEPT ALL SELECT ROW(i.f, i.id, i.w)::text FROM ONLY public.ky i) d; forced None; otherwise rows of public.ky were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_118016; if none None
-- column public.ky.f
ALTER TABLE public.ky ALTER COLUMN f TYPE boolean USING backout_archive_1.type_118016_2_back(id::text, f::text)::boolean;
-- column public.ky.id
--   if all rows of public.ky have a value of id
ALTER TABLE public.ky ALTER COLUMN id SET NOT NULL;
-- constraint ky_pkey on public.ky
--   may clash: Values, at once None
ALTER TABLE public.ky ADD CONSTRAINT ky_pkey PRIMARY KEY (id);

-- closing:
-- column public.ky.f
DROP FUNCTION backout_archive_1.type_118016_2_back;

-- column order:
--   public.ky

-- column order, why:
--   ("public.ky", "the former values of a column are known by a key that comes back later")

-- parts:
--   column public.ky.f
--   column public.ky.id
--   column public.ky.w
--   constraint ky_pkey on public.ky
--   index public.ky_pkey
--   table public.ky

-- renumbered:
--   (#pg_class:16410:1, "column public.ky.id")
--   (#pg_class:16410:2, "column public.ky.f")
--   (#pg_class:16410:3, "column public.ky.w")
--   (#pg_class:16411:0, "index public.ky_pkey")
--   (#pg_constraint:16412:0, "constraint ky_pkey on public.ky")

-- may be set aside:
--   Aside { schema: "public", table: "ky", column: Some("f"), copy_schema: "backout_archive_1", copy: "type_118016_2_left", by: Nothing, left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_118016_2_left", forced: None, otherwise: "values of column public.ky.f that were written since do not fit its former type; they lie in backout_archive_1.type_118016_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::boolean) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.ky t WHERE t.f IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.f::text)", keys: None, object: "column public.ky.f", otherwise: "values that do not fit its former type are set aside or cut" }

-- needs values:
--   NeedsValues { table: "public.ky", column: "id", heirs: ["public.ky"], forced: false }
