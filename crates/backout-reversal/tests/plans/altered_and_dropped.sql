-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.ad.c
CREATE TABLE backout_undone_1.type_16410_3 (backout_row text, backout_value text);

-- steps:
-- what the migration added to a table that it dropped
DROP INDEX IF EXISTS backout_archive_1."61679 ad_x_idx" CASCADE;
-- what the migration added to a table that it dropped
ALTER TABLE backout_archive_1."61261 ad" DROP CONSTRAINT IF EXISTS "61715 ad_x_check" CASCADE;
-- what the migration added to a table that it dropped
ALTER TABLE backout_archive_1."61261 ad" DROP CONSTRAINT IF EXISTS "61669 ad_a_b_key" CASCADE;
-- what the migration added to a table that it dropped
ALTER TABLE ONLY backout_archive_1."61261 ad" ALTER COLUMN c DROP DEFAULT;
-- what the migration added to a table that it dropped
ALTER TABLE backout_archive_1."61261 ad" DROP COLUMN IF EXISTS x CASCADE;
-- table public.ad
ALTER TABLE backout_archive_1."61261 ad" SET SCHEMA public;
-- table public.ad
ALTER TABLE public."61261 ad" RENAME TO ad;
-- column public.ad.b
ALTER TABLE public.ad RENAME COLUMN bb TO b;
-- table public.ad
COMMENT ON TABLE public.ad IS NULL;
-- column public.ad.c
INSERT INTO backout_undone_1.type_16410_3 SELECT t::text, t.c::text FROM public.ad t WHERE ((t.c::character varying(5))::text)::text IS DISTINCT FROM t.c::text;
-- column public.ad.c
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::character varying(5))::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.ad ALTER COLUMN c TYPE character varying(5) USING backout_undone_1.misfits_16410_3_back(ROW(c)::text, c::text)::character varying(5)", "DROP FUNCTION backout_undone_1.misfits_16410_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_3", otherwise: "values of column public.ad.c that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.ad ALTER COLUMN c TYPE character varying(5) USING c::character varying(5);
-- default public.ad.c
ALTER TABLE ONLY public.ad ALTER COLUMN c SET DEFAULT 'q'::character varying;
-- index public.ad_b
CREATE INDEX ad_b ON public.ad USING btree (b);

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.ad.a
--   column public.ad.b
--   column public.ad.c
--   default public.ad.c
--   index public.ad_b
--   table public.ad

-- renumbered:
--   (#pg_class:16410:0, "table public.ad")
--   (#pg_class:16410:1, "column public.ad.a")
--   (#pg_class:16410:2, "column public.ad.b")
--   (#pg_class:16410:3, "column public.ad.c")
--   (#pg_class:16412:0, "index public.ad_b")
--   (#pg_attrdef:16411:0, "default public.ad.c")

-- may be set aside:
--   Aside { schema: "backout_archive_1", table: "61261 ad", column: Some("c"), copy_schema: "backout_undone_1", copy: "type_16410_3", by: Nothing, left: Some("(((c.backout_value::text)::character varying(5))::text)::text") }
--   Aside { schema: "backout_archive_1", table: "61261 ad", column: Some("c"), copy_schema: "backout_undone_1", copy: "misfits_16410_3", by: Nothing, left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16410_3", forced: None, otherwise: "values of column public.ad.c that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16410_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16410_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
