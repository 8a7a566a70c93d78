-- locks:
--   public.frt, ACCESS EXCLUSIVE

-- steps:
-- type public.fr
ALTER TABLE public.frt ALTER COLUMN a TYPE text USING a::text;
-- type public.fr
DROP TYPE public.fr;
-- type public.fr
CREATE TYPE public.fr AS RANGE (SUBTYPE = double precision, MULTIRANGE_TYPE_NAME = public.fr_multirange);
-- column public.frt.a
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.fr)::text::public.fr)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16411_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.frt ALTER COLUMN a TYPE public.fr USING backout_undone_1.misfits_16411_2_back(ROW(id)::text, a::text)::text::public.fr", "DROP FUNCTION backout_undone_1.misfits_16411_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_2", otherwise: "values of column public.frt.a that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.frt ALTER COLUMN a TYPE public.fr USING a::text::public.fr;

-- renumbered:
--   (#pg_type:16410:0, "type public.fr")

-- may be set aside:
--   Aside { schema: "public", table: "frt", column: Some("a"), copy_schema: "backout_undone_1", copy: "misfits_16411_2", by: RowOfKey(["id"]), left: Some("NULL") }
