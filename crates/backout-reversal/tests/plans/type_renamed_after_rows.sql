-- locks:
--   public.et, ACCESS EXCLUSIVE

-- before the locks:
-- column public.et.x
CREATE TABLE backout_archive_1.type_100883_2_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(x::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_2::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_100883_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL;
-- column public.et.x
CREATE INDEX ON backout_archive_1.type_100883_2_known (backout_row);
-- column public.et.x
CREATE TABLE backout_archive_1.type_100883_2_left (id text, backout_value text);
-- column public.et.x
CREATE FUNCTION backout_archive_1.type_100883_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_100883_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::public.em)::text::public.em)::text IS NULL OR ((($2::public.em)::text::public.em)::text::public.em)::text = $2 THEN RETURN (($2::public.em)::text::public.em)::text; END IF; EXCEPTION WHEN others THEN NULL; END; SELECT k.backout_old INTO found_one FROM backout_archive_1.type_100883_2_known k WHERE k.backout_row = ROW($1)::text AND k.backout_new = $2; IF FOUND THEN RETURN found_one; END IF; INSERT INTO backout_archive_1.type_100883_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- type public.em
ALTER TYPE public.em RENAME TO backout_rebuilt_16416;
-- type public.em
CREATE TYPE public.em AS ENUM ('a', 'b');
-- column public.et.x
ALTER TABLE public.et ALTER COLUMN x TYPE public.em USING backout_archive_1.type_100883_2_back(id::text, x::text)::text::public.em;
-- type public.em
DROP TYPE public.backout_rebuilt_16416;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.et
--   expected: 2 rows, otherwise rows of table public.et were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.et t SET x = m.x::text::public.em FROM backout_archive_1.rows_100883_1 m JOIN backout_archive_1.rows_100883_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.x::text IS NOT DISTINCT FROM p.x::text OR t.x::text IS NOT DISTINCT FROM m.x::text);
-- table public.et
--   only after a shortfall
UPDATE ONLY public.et t SET x = CASE WHEN t.x::text IS NOT DISTINCT FROM p.x::text THEN m.x::text::public.em ELSE t.x END FROM backout_archive_1.rows_100883_1 m JOIN backout_archive_1.rows_100883_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.x::text IS NOT DISTINCT FROM p.x::text AND m.x::text IS DISTINCT FROM p.x::text));

-- closing:
-- column public.et.x
DROP TABLE backout_archive_1.type_100883_2_known;
-- column public.et.x
DROP FUNCTION backout_archive_1.type_100883_2_back;

-- renumbered:
--   (#pg_type:16410:0, "type public.em")
--   (#pg_class:16411:1, "column public.et.id")
--   (#pg_class:16411:2, "column public.et.x")
--   (#pg_class:16412:0, "index public.et_pkey")
--   (#pg_constraint:16413:0, "constraint et_pkey on public.et")

-- may be set aside:
--   Aside { schema: "public", table: "et", column: Some("x"), copy_schema: "backout_archive_1", copy: "type_100883_2_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_100883_2_left", forced: None, otherwise: "values of column public.et.x that were written since do not fit its former type; they lie in backout_archive_1.type_100883_2_left", if_none: None }
