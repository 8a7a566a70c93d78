-- locks:
--   public.er, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
ALTER TABLE ONLY public.er ALTER COLUMN v DROP DEFAULT;
-- type public.erl
ALTER TYPE public.erl RENAME TO backout_rebuilt_16417;
-- type public.erl
CREATE TYPE public.erl AS ENUM ('public', 'local', 'private');
-- column public.er.v
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN ((CASE $2 WHEN ''local it''''s'' THEN ''local'' WHEN ''local'' THEN ''private'' ELSE $2 END)::public.erl)::text; EXCEPTION WHEN data_exception OR check_violation THEN BEGIN SELECT ((CASE k.backout_old WHEN ''local it''''s'' THEN ''local'' WHEN ''local'' THEN ''private'' ELSE k.backout_old END)::text::public.erl)::text INTO former FROM backout_undone_1.misfits_16411_2_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation THEN NULL; END; INSERT INTO backout_undone_1.misfits_16411_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16411_2_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(v::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(v::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_124855_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16411_2_known (backout_row)", "ALTER TABLE public.er ALTER COLUMN v DROP NOT NULL", "ALTER TABLE public.er ALTER COLUMN v TYPE public.erl USING backout_undone_1.misfits_16411_2_back(ROW(id)::text, v::text)::text::public.erl", "DROP FUNCTION backout_undone_1.misfits_16411_2_back(text, text)", "DROP TABLE backout_undone_1.misfits_16411_2_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_2", otherwise: "values of column public.er.v that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_2, by the key of their rows", nullable: [("public.er", "v")], loosens: None, rows: None, if_none: ["ALTER TABLE public.er ALTER COLUMN v SET NOT NULL", "DO $backout$ BEGIN DROP TABLE backout_undone_1.misfits_16411_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$"] }
ALTER TABLE public.er ALTER COLUMN v TYPE public.erl USING (CASE v::text WHEN 'local it''s' THEN 'local' WHEN 'local' THEN 'private' ELSE v::text END)::public.erl;
-- type public.erl
DROP TYPE public.backout_rebuilt_16417;
-- column public.er.hidden
ALTER TABLE public.er ADD COLUMN hidden boolean;
-- column public.er.hidden
UPDATE ONLY public.er t SET hidden = c.backout_value FROM backout_archive_1.column_124855_3 c WHERE t.id = c.id;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.er
--   expected: 6 rows, otherwise rows of table public.er were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.er t SET v = (CASE m.v::text WHEN 'local it''s' THEN 'local' WHEN 'local' THEN 'private' ELSE m.v::text END)::text::public.erl FROM backout_archive_1.rows_124855_1 m JOIN backout_archive_1.rows_124855_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.v::text IS NOT DISTINCT FROM p.v::text OR t.v::text IS NOT DISTINCT FROM CASE m.v::text WHEN 'local it''s' THEN 'local' WHEN 'local' THEN 'private' ELSE m.v::text END);
-- table public.er
--   only after a shortfall
UPDATE ONLY public.er t SET v = CASE WHEN t.v::text IS NOT DISTINCT FROM p.v::text THEN (CASE m.v::text WHEN 'local it''s' THEN 'local' WHEN 'local' THEN 'private' ELSE m.v::text END)::text::public.erl ELSE t.v END FROM backout_archive_1.rows_124855_1 m JOIN backout_archive_1.rows_124855_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.v::text IS NOT DISTINCT FROM p.v::text AND m.v::text IS DISTINCT FROM p.v::text));
-- default public.er.v
ALTER TABLE ONLY public.er ALTER COLUMN v SET DEFAULT 'public'::public.erl;

-- parts:
--   column public.er.hidden
--   column public.er.id
--   column public.er.v
--   constraint er_pkey on public.er
--   default public.er.v
--   index public.er_pkey
--   table public.er

-- renumbered:
--   (#pg_type:16410:0, "type public.erl")
--   (#pg_class:16411:3, "column public.er.hidden")
--   (#pg_attrdef:16412:0, "default public.er.v")

-- may be set aside:
--   Aside { schema: "public", table: "er", column: Some("v"), copy_schema: "backout_undone_1", copy: "misfits_16411_2", by: RowOfKey(["id"]), left: Some("NULL") }
