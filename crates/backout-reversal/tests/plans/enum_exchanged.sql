-- locks:
--   public.fresh, ACCESS EXCLUSIVE
--   public.hues, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER TABLE ONLY public.hues ALTER COLUMN h DROP DEFAULT;
-- what the migration added
ALTER TABLE public.fresh SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.fresh RENAME TO "16420 fresh";
-- type public.hue
ALTER TYPE public.hue RENAME TO backout_rebuilt_16418;
-- type public.hue
CREATE TYPE public.hue AS ENUM ('red', 'blue');
-- column public.hues.h
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.hue)::text::public.hue)::text; EXCEPTION WHEN data_exception OR check_violation THEN BEGIN SELECT ((k.backout_old)::text::public.hue)::text INTO former FROM backout_undone_1.misfits_16411_2_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation THEN NULL; END; INSERT INTO backout_undone_1.misfits_16411_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16411_2_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(h::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(h::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_68903_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16411_2_known (backout_row)", "ALTER TABLE public.hues ALTER COLUMN h DROP NOT NULL", "ALTER TABLE public.hues ALTER COLUMN h TYPE public.hue USING backout_undone_1.misfits_16411_2_back(ROW(id)::text, h::text)::text::public.hue", "DROP FUNCTION backout_undone_1.misfits_16411_2_back(text, text)", "DROP TABLE backout_undone_1.misfits_16411_2_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_2", otherwise: "values of column public.hues.h that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_2, by the key of their rows", nullable: [("public.hues", "h")], loosens: None, rows: None, if_none: ["ALTER TABLE public.hues ALTER COLUMN h SET NOT NULL", "DROP TABLE backout_undone_1.misfits_16411_2"] }
ALTER TABLE public.hues ALTER COLUMN h TYPE public.hue USING h::text::public.hue;
-- column public.hues.hs
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.hue[])::text::public.hue[])::text; EXCEPTION WHEN data_exception OR check_violation THEN BEGIN SELECT ((k.backout_old)::text::public.hue[])::text INTO former FROM backout_undone_1.misfits_16411_3_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation THEN NULL; END; INSERT INTO backout_undone_1.misfits_16411_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16411_3_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(hs::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(hs::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_68903_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16411_3_known (backout_row)", "ALTER TABLE public.hues ALTER COLUMN hs TYPE public.hue[] USING backout_undone_1.misfits_16411_3_back(ROW(id)::text, hs::text)::text::public.hue[]", "DROP FUNCTION backout_undone_1.misfits_16411_3_back(text, text)", "DROP TABLE backout_undone_1.misfits_16411_3_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_3", otherwise: "values of column public.hues.hs that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: ["DROP TABLE backout_undone_1.misfits_16411_3"] }
ALTER TABLE public.hues ALTER COLUMN hs TYPE public.hue[] USING hs::text::public.hue[];
-- type public.hue
ALTER TYPE public.backout_rebuilt_16418 SET SCHEMA backout_undone_1;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.hues
--   expected: 2 rows, otherwise rows of table public.hues were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.hues t SET x = m.x FROM backout_archive_1.rows_68903_1 m JOIN backout_archive_1.rows_68903_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.x::text IS NOT DISTINCT FROM p.x::text OR t.x::text IS NOT DISTINCT FROM m.x::text);
-- table public.hues
--   only after a shortfall
UPDATE ONLY public.hues t SET x = CASE WHEN t.x::text IS NOT DISTINCT FROM p.x::text THEN m.x ELSE t.x END FROM backout_archive_1.rows_68903_1 m JOIN backout_archive_1.rows_68903_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.x::text IS NOT DISTINCT FROM p.x::text AND m.x::text IS DISTINCT FROM p.x::text));
-- default public.hues.h
ALTER TABLE ONLY public.hues ALTER COLUMN h SET DEFAULT 'red'::public.hue;
-- index public.hues_h_idx
CREATE INDEX hues_h_idx ON public.hues USING btree (h) WHERE (h = 'blue'::public.hue);

-- parts:
--   column public.hues.h
--   column public.hues.hs
--   column public.hues.id
--   column public.hues.x
--   constraint hues_pkey on public.hues
--   default public.hues.h
--   index public.hues_h_idx
--   index public.hues_pkey
--   table public.hues

-- renumbered:
--   (#pg_type:16410:0, "type public.hue")
--   (#pg_class:16415:0, "index public.hues_h_idx")
--   (#pg_attrdef:16412:0, "default public.hues.h")

-- moved aside:
--   Moved { id: #pg_class:16420:0, identity: "table public.fresh", from_schema: "public", to_schema: "backout_undone_1", name: "fresh", kept_as: "16420 fresh" }

-- may be set aside:
--   Aside { schema: "public", table: "hues", column: Some("h"), copy_schema: "backout_undone_1", copy: "misfits_16411_2", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "hues", column: Some("hs"), copy_schema: "backout_undone_1", copy: "misfits_16411_3", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "fresh", column: None, copy_schema: "backout_undone_1", copy: "16420 fresh", by: Rows, left: None }
