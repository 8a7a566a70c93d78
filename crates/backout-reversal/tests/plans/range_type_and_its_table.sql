-- steps:
-- what the migration added
DROP TYPE IF EXISTS public.fr CASCADE;
-- table public.frt
ALTER TABLE backout_archive_1."163977 frt" SET SCHEMA public;
-- table public.frt
ALTER TABLE public."163977 frt" RENAME TO frt;
-- constraint frt_pkey on public.frt
ALTER TABLE public.frt RENAME CONSTRAINT "163984 frt_pkey" TO frt_pkey;
-- type public.fr
CREATE TYPE public.fr AS RANGE (SUBTYPE = double precision, MULTIRANGE_TYPE_NAME = public.fr_multirange);
-- column public.frt.a
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::text::public.fr)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16411_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.frt ALTER COLUMN a TYPE public.fr USING backout_undone_1.misfits_16411_2_back(ROW(id)::text, a::text)::text::public.fr", "DROP FUNCTION backout_undone_1.misfits_16411_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_2", otherwise: "values of column public.frt.a that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.frt ALTER COLUMN a TYPE public.fr USING a::text::public.fr;
-- default public.frt.a
ALTER TABLE ONLY public.frt ALTER COLUMN a SET DEFAULT '[1,2)'::public.fr;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.frt.a
--   column public.frt.id
--   constraint frt_pkey on public.frt
--   default public.frt.a
--   index public.frt_pkey
--   table public.frt

-- renumbered:
--   (#pg_type:16410:0, "type public.fr")
--   (#pg_class:16411:0, "table public.frt")
--   (#pg_class:16411:1, "column public.frt.id")
--   (#pg_class:16411:2, "column public.frt.a")
--   (#pg_class:16413:0, "index public.frt_pkey")
--   (#pg_attrdef:16412:0, "default public.frt.a")
--   (#pg_constraint:16414:0, "constraint frt_pkey on public.frt")

-- may be set aside:
--   Aside { schema: "backout_archive_1", table: "163977 frt", column: Some("a"), copy_schema: "backout_undone_1", copy: "misfits_16411_2", by: RowOfKey(["id"]), left: Some("NULL") }
