-- locks:
--   public.da, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
ALTER TABLE public.da DROP CONSTRAINT IF EXISTS da_a_key CASCADE;
-- domain public."dö"
CREATE DOMAIN public."dö" AS character varying(30);
-- constraint "dö_check" on public."dö"
ALTER DOMAIN public."dö" ADD CONSTRAINT "dö_check" CHECK (((VALUE IS NOT NULL) OR true));
-- constraint "dö_check1" on public."dö"
ALTER DOMAIN public."dö" ADD CONSTRAINT "dö_check1" CHECK (((VALUE)::text <> 'no'::text));
-- column public.da.a
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16413_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16413_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::text::public.\"dö\"[])::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16413_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.da ALTER COLUMN a TYPE public.\"dö\"[] USING backout_undone_1.misfits_16413_2_back(ROW(id)::text, a::text)::text::public.\"dö\"[]", "DROP FUNCTION backout_undone_1.misfits_16413_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16413_2", otherwise: "values of column public.da.a that were written since do not fit its former type; they lie in backout_undone_1.misfits_16413_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.da ALTER COLUMN a TYPE public."dö"[] USING a::text::public."dö"[];
-- constraint da_a_key on public.da
--   may clash: Values, at once None
ALTER TABLE public.da ADD CONSTRAINT da_a_key UNIQUE (a);

-- parts:
--   column public.da.a
--   column public.da.id
--   constraint da_a_key on public.da
--   constraint da_pkey on public.da
--   index public.da_a_key
--   index public.da_pkey
--   table public.da

-- renumbered:
--   (#pg_type:16410:0, "domain public.\"dö\"")
--   (#pg_class:16413:1, "column public.da.id")
--   (#pg_class:16413:2, "column public.da.a")
--   (#pg_class:16414:0, "index public.da_pkey")
--   (#pg_class:16416:0, "index public.da_a_key")
--   (#pg_constraint:16411:0, "constraint \"dö_check\" on public.\"dö\"")
--   (#pg_constraint:16412:0, "constraint \"dö_check1\" on public.\"dö\"")
--   (#pg_constraint:16415:0, "constraint da_pkey on public.da")
--   (#pg_constraint:16417:0, "constraint da_a_key on public.da")

-- may be set aside:
--   Aside { schema: "public", table: "da", column: Some("a"), copy_schema: "backout_undone_1", copy: "misfits_16413_2", by: RowOfKey(["id"]), left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16413_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::text::public.\"dö\"[]) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.da t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16413_2(t.a::text)", keys: Some("SELECT ROW(t.id)::text FROM public.da t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16413_2(t.a::text) LIMIT 5"), object: "column public.da.a", otherwise: "values that do not fit its former type are set aside or cut" }
