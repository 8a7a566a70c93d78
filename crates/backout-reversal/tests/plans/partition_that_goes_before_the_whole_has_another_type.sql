-- locks:
--   public.wt, ACCESS EXCLUSIVE
--   public.wt4, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.wt.t
CREATE TABLE backout_undone_1.type_16410_3 (backout_row text, backout_value text);

-- steps:
-- table public.wt3
ALTER TABLE backout_archive_1."121760 wt3" SET SCHEMA public;
-- column public.wt.o
ALTER TABLE public.wt RENAME COLUMN oo TO o;
-- table public.wt3
ALTER TABLE public."121760 wt3" RENAME TO wt3;
-- column public.wt.t
INSERT INTO backout_undone_1.type_16410_3 SELECT t::text, t.t::text FROM public.wt t WHERE ((t.t::character varying(20))::text)::text IS DISTINCT FROM t.t::text;
-- column public.wt.t
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::character varying(20))::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.wt ALTER COLUMN t DROP NOT NULL", "ALTER TABLE public.wt4 ALTER COLUMN t DROP NOT NULL", "ALTER TABLE public.wt ALTER COLUMN t TYPE character varying(20) USING backout_undone_1.misfits_16410_3_back(ROW(t)::text, t::text)::character varying(20)", "DROP FUNCTION backout_undone_1.misfits_16410_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_3", otherwise: "values of column public.wt.t that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.wt ALTER COLUMN t TYPE character varying(20) USING t::character varying(20);
-- column public.wt.t
ALTER TABLE public.wt ALTER COLUMN t DROP NOT NULL;
-- column public.wt4.t
ALTER TABLE public.wt4 ALTER COLUMN t DROP NOT NULL;
-- partition public.wt3
--   may clash: Partition, at once None
ALTER TABLE public.wt ATTACH PARTITION public.wt3 FOR VALUES IN (10);

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.wt.o
--   column public.wt.part
--   column public.wt.t
--   column public.wt3.o
--   column public.wt3.part
--   column public.wt3.t
--   column public.wt4.o
--   column public.wt4.part
--   column public.wt4.t
--   table public.wt
--   table public.wt3
--   table public.wt4

-- renumbered:
--   (#pg_class:16410:1, "column public.wt.part")
--   (#pg_class:16410:2, "column public.wt.o")
--   (#pg_class:16410:3, "column public.wt.t")
--   (#pg_class:16411:0, "table public.wt3")
--   (#pg_class:16411:1, "column public.wt3.part")
--   (#pg_class:16411:2, "column public.wt3.o")
--   (#pg_class:16411:3, "column public.wt3.t")
--   (#pg_class:16412:1, "column public.wt4.part")
--   (#pg_class:16412:2, "column public.wt4.o")
--   (#pg_class:16412:3, "column public.wt4.t")

-- may be set aside:
--   Aside { schema: "public", table: "wt", column: Some("t"), copy_schema: "backout_undone_1", copy: "type_16410_3", by: Nothing, left: Some("(((c.backout_value::text)::character varying(20))::text)::text") }
--   Aside { schema: "public", table: "wt", column: Some("t"), copy_schema: "backout_undone_1", copy: "misfits_16410_3", by: Nothing, left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16410_3", forced: None, otherwise: "values of column public.wt.t that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16410_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16410_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::text)::character varying(20))::text)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.wt t WHERE t.t IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.t::text)", keys: None, object: "column public.wt.t", otherwise: "values that do not fit its former type are set aside or cut" }
