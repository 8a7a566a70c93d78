-- locks:
--   public.wi, ACCESS EXCLUSIVE
--   public.wic, ACCESS EXCLUSIVE
--   public.wp, ACCESS EXCLUSIVE
--   public.wp1, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.wp.d
CREATE TABLE backout_undone_1.type_16410_3 (backout_row text, backout_value text);

-- steps:
-- what the migration added
ALTER TABLE ONLY public.wp ALTER COLUMN c DROP DEFAULT;
-- type public.we
COMMENT ON TYPE public.we IS 'ALTER TYPE we RENAME VALUE a';
-- domain public.wd
ALTER DOMAIN public.wd SET DEFAULT 'x SET NOT NULL'::text;
-- domain public.wd
COMMENT ON DOMAIN public.wd IS 'ALTER DOMAIN wd SET NOT NULL';
-- sequence public.ws
COMMENT ON SEQUENCE public.ws IS 'it OWNED BY none';
-- table public.wp
COMMENT ON TABLE public.wp IS 'ATTACH PARTITION INHERIT it';
-- table public.wic
COMMENT ON TABLE public.wic IS 'it NO INHERIT x, SET (toast.y)';
-- column public.wp.c
COMMENT ON COLUMN public.wp.c IS 'the TYPE of it OWNED BY ADD GENERATED';
-- column public.wp.d
INSERT INTO backout_undone_1.type_16410_3 SELECT t::text, t.d::text FROM public.wp t WHERE ((t.d::text)::character varying(20))::text IS DISTINCT FROM t.d::text;
-- column public.wp.d
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::character varying(20))::text)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.wp ALTER COLUMN d TYPE text USING backout_undone_1.misfits_16410_3_back(ROW(d)::text, d::text)::text", "DROP FUNCTION backout_undone_1.misfits_16410_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_3", otherwise: "values of column public.wp.d that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.wp ALTER COLUMN d TYPE text USING d::text;
-- column public.wp1.c
COMMENT ON COLUMN public.wp1.c IS ' TYPE x USING y';
-- column public.wi.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16414_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16414_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::bigint)::integer)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16414_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.wi ALTER COLUMN id TYPE integer USING backout_undone_1.misfits_16414_1_back(ROW(id)::text, id::text)::integer", "DROP FUNCTION backout_undone_1.misfits_16414_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16414_1", otherwise: "values of column public.wi.id that were written since do not fit its former type; they lie in backout_undone_1.misfits_16414_1, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.wi ALTER COLUMN id TYPE integer USING id::integer;
-- column public.wic.c
COMMENT ON COLUMN public.wic.c IS ' TYPE INHERIT SET NOT NULL';
-- default public.wp.c
ALTER TABLE ONLY public.wp ALTER COLUMN c SET DEFAULT 'the TYPE of it OWNED BY'::text;
-- default public.wp1.c
ALTER TABLE ONLY public.wp1 ALTER COLUMN c SET DEFAULT 'the TYPE of it OWNED BY'::text;
-- default public.wic.c
ALTER TABLE ONLY public.wic ALTER COLUMN c SET DEFAULT ' TYPE '::text;

-- parts:
--   column public.wi.c
--   column public.wi.id
--   column public.wic.c
--   column public.wic.e
--   column public.wic.id
--   column public.wp.c
--   column public.wp.d
--   column public.wp.id
--   column public.wp1.c
--   column public.wp1.d
--   column public.wp1.id
--   default public.wi.c
--   default public.wic.c
--   default public.wp.c
--   default public.wp1.c
--   table public.wi
--   table public.wic
--   table public.wp
--   table public.wp1

-- renumbered:
--   (#pg_type:16419:0, "type public.we")
--   (#pg_type:16420:0, "domain public.wd")
--   (#pg_class:16410:0, "table public.wp")
--   (#pg_class:16410:1, "column public.wp.id")
--   (#pg_class:16410:2, "column public.wp.c")
--   (#pg_class:16410:3, "column public.wp.d")
--   (#pg_class:16412:1, "column public.wp1.id")
--   (#pg_class:16412:2, "column public.wp1.c")
--   (#pg_class:16412:3, "column public.wp1.d")
--   (#pg_class:16414:1, "column public.wi.id")
--   (#pg_class:16414:2, "column public.wi.c")
--   (#pg_class:16416:0, "table public.wic")
--   (#pg_class:16416:1, "column public.wic.id")
--   (#pg_class:16416:2, "column public.wic.c")
--   (#pg_class:16416:3, "column public.wic.e")
--   (#pg_class:16418:0, "sequence public.ws")
--   (#pg_attrdef:16411:0, "default public.wp.c")
--   (#pg_attrdef:16413:0, "default public.wp1.c")
--   (#pg_attrdef:16415:0, "default public.wi.c")
--   (#pg_attrdef:16417:0, "default public.wic.c")

-- may be set aside:
--   Aside { schema: "public", table: "wp", column: Some("d"), copy_schema: "backout_undone_1", copy: "type_16410_3", by: Nothing, left: Some("(((c.backout_value::character varying(20))::text)::character varying(20))::text") }
--   Aside { schema: "public", table: "wp", column: Some("d"), copy_schema: "backout_undone_1", copy: "misfits_16410_3", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "wi", column: Some("id"), copy_schema: "backout_undone_1", copy: "misfits_16414_1", by: Nothing, left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16410_3", forced: None, otherwise: "values of column public.wp.d that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16410_3", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16410_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::character varying(20))::text)::character varying(20))::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.wp t WHERE t.d IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.d::text)", keys: None, object: "column public.wp.d", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16414_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bigint)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.wi t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16414_1(t.id::text)", keys: None, object: "column public.wi.id", otherwise: "values that do not fit its former type are set aside or cut" }
