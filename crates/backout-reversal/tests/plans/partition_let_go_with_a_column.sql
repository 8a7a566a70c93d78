-- locks:
--   public.pg, ACCESS EXCLUSIVE
--   public.pg0, ACCESS EXCLUSIVE
--   public.pg1, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.pg.note
CREATE TABLE backout_undone_1.column_16410_4 (id bigint, backout_value text, PRIMARY KEY (id));

-- steps:
-- column public.pg.note
INSERT INTO backout_undone_1.column_16410_4 (id, backout_value) SELECT id, note FROM public.pg WHERE note::text IS DISTINCT FROM (('n'::text)::text)::text;
-- what the migration added
ALTER TABLE public.pg DROP COLUMN IF EXISTS note CASCADE;
-- what the migration added
ALTER TABLE public.pg0 DROP COLUMN IF EXISTS note CASCADE;
-- column public.pg.d
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::bigint)::integer)::text; EXCEPTION WHEN data_exception OR check_violation THEN BEGIN SELECT ((k.backout_old)::integer)::text INTO former FROM backout_undone_1.misfits_16410_2_known k WHERE k.backout_row = $1 AND k.backout_new = $2; IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN data_exception OR check_violation THEN NULL; END; INSERT INTO backout_undone_1.misfits_16410_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.misfits_16410_2_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(d::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_2::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_145389_2 GROUP BY 1) s WHERE s.backout_new IS NOT NULL", "CREATE INDEX ON backout_undone_1.misfits_16410_2_known (backout_row)", "ALTER TABLE public.pg ALTER COLUMN d DROP NOT NULL", "ALTER TABLE public.pg0 ALTER COLUMN d DROP NOT NULL", "ALTER TABLE public.pg ALTER COLUMN d TYPE integer USING backout_undone_1.misfits_16410_2_back(ROW(id)::text, d::text)::integer", "DROP FUNCTION backout_undone_1.misfits_16410_2_back(text, text)", "DROP TABLE backout_undone_1.misfits_16410_2_known"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_2", otherwise: "values of column public.pg.d that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_2, by the key of their rows", nullable: [("public.pg", "d"), ("public.pg0", "d")], loosens: None, rows: None, if_none: ["ALTER TABLE public.pg ALTER COLUMN d SET NOT NULL", "ALTER TABLE public.pg0 ALTER COLUMN d SET NOT NULL", "DROP TABLE backout_undone_1.misfits_16410_2"] }
ALTER TABLE public.pg ALTER COLUMN d TYPE integer USING d::integer;
-- column public.pg1.e
ALTER TABLE public.pg1 ADD COLUMN e text;
-- column public.pg1.e
UPDATE ONLY public.pg1 t SET e = c.backout_value FROM backout_archive_1.column_145415_3 c WHERE t.id = c.id;
-- index public.pg1_e_idx
CREATE INDEX pg1_e_idx ON public.pg1 USING btree (e);
-- partition public.pg1
--   may clash: Partition, at once None
ALTER TABLE public.pg ATTACH PARTITION public.pg1 FOR VALUES WITH (modulus 2, remainder 1);
-- partition public.pg1
ALTER INDEX public.pg_e_idx ATTACH PARTITION public.pg1_e_idx;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.pg
--   expected: 2 rows, otherwise rows of table public.pg were changed again or deleted since; their columns that the migration changed and nobody else have their former values
--   needs: partition public.pg1
UPDATE public.pg t SET d = m.d FROM backout_archive_1.rows_145389_1 m JOIN backout_archive_1.rows_145389_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.d::text IS NOT DISTINCT FROM p.d::text OR t.d::text IS NOT DISTINCT FROM m.d::text);
-- table public.pg
--   only after a shortfall
UPDATE public.pg t SET d = CASE WHEN t.d::text IS NOT DISTINCT FROM p.d::text THEN m.d ELSE t.d END FROM backout_archive_1.rows_145389_1 m JOIN backout_archive_1.rows_145389_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.d::text IS NOT DISTINCT FROM p.d::text AND m.d::text IS DISTINCT FROM p.d::text));
-- default public.pg1.e
ALTER TABLE ONLY public.pg1 ALTER COLUMN e SET DEFAULT 'e'::text;

-- parts:
--   column public.pg.d
--   column public.pg.e
--   column public.pg.id
--   column public.pg0.d
--   column public.pg0.e
--   column public.pg0.id
--   column public.pg1.d
--   column public.pg1.e
--   column public.pg1.id
--   constraint pg0_pkey on public.pg0
--   constraint pg1_pkey on public.pg1
--   constraint pg_pkey on public.pg
--   default public.pg.e
--   default public.pg0.e
--   default public.pg1.e
--   index public.pg0_e_idx
--   index public.pg0_pkey
--   index public.pg1_e_idx
--   index public.pg1_pkey
--   index public.pg_e_idx
--   index public.pg_pkey
--   table public.pg
--   table public.pg0
--   table public.pg1

-- renumbered:
--   (#pg_class:16410:1, "column public.pg.id")
--   (#pg_class:16410:2, "column public.pg.d")
--   (#pg_class:16410:3, "column public.pg.e")
--   (#pg_class:16412:0, "index public.pg_pkey")
--   (#pg_class:16414:1, "column public.pg0.id")
--   (#pg_class:16414:2, "column public.pg0.d")
--   (#pg_class:16414:3, "column public.pg0.e")
--   (#pg_class:16416:0, "index public.pg0_pkey")
--   (#pg_class:16418:0, "table public.pg1")
--   (#pg_class:16418:1, "column public.pg1.id")
--   (#pg_class:16418:2, "column public.pg1.d")
--   (#pg_class:16418:3, "column public.pg1.e")
--   (#pg_class:16420:0, "index public.pg1_pkey")
--   (#pg_class:16422:0, "index public.pg_e_idx")
--   (#pg_class:16423:0, "index public.pg0_e_idx")
--   (#pg_class:16424:0, "index public.pg1_e_idx")
--   (#pg_attrdef:16411:0, "default public.pg.e")
--   (#pg_attrdef:16415:0, "default public.pg0.e")
--   (#pg_attrdef:16419:0, "default public.pg1.e")
--   (#pg_constraint:16413:0, "constraint pg_pkey on public.pg")
--   (#pg_constraint:16417:0, "constraint pg0_pkey on public.pg0")
--   (#pg_constraint:16421:0, "constraint pg1_pkey on public.pg1")

-- set aside:
--   SetAside { table: "public.pg", column: "note", copy: "backout_undone_1.column_16410_4", count: "SELECT count(*) FROM public.pg WHERE note::text IS DISTINCT FROM (('n'::text)::text)::text" }

-- may be set aside:
--   Aside { schema: "public", table: "pg", column: Some("note"), copy_schema: "backout_undone_1", copy: "column_16410_4", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "pg", column: Some("d"), copy_schema: "backout_undone_1", copy: "misfits_16410_2", by: RowOfKey(["id"]), left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bigint)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.pg t WHERE t.d IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.d::text)", keys: Some("SELECT ROW(t.id)::text FROM public.pg t WHERE t.d IS NOT NULL AND NOT pg_temp.backout_fits_16410_2(t.d::text) LIMIT 5"), object: "column public.pg.d", otherwise: "values that do not fit its former type are set aside or cut" }
