-- locks:
--   public.ro, ACCESS EXCLUSIVE
--   public.rt, ACCESS EXCLUSIVE

-- steps:
-- table public.rn
ALTER TABLE public.ro RENAME TO rn;
-- column public.rt.v
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16413_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16413_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN ((ARRAY[($2::text)::text]::text::regclass[])[1])::text; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN  INSERT INTO backout_undone_1.misfits_16413_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.rt ALTER COLUMN v TYPE regclass USING (ARRAY[backout_undone_1.misfits_16413_2_back(ROW(id)::text, v::text)::text]::text::regclass[])[1]", "DROP FUNCTION backout_undone_1.misfits_16413_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16413_2", otherwise: "values of column public.rt.v that were written since do not fit its former type; they lie in backout_undone_1.misfits_16413_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.rt ALTER COLUMN v TYPE regclass USING (ARRAY[v::text]::text::regclass[])[1];

-- parts:
--   column public.rn.id
--   column public.rt.id
--   column public.rt.v
--   constraint rn_pkey on public.rn
--   constraint rt_pkey on public.rt
--   index public.rn_pkey
--   index public.rt_pkey
--   table public.rn
--   table public.rt

-- renumbered:
--   (#pg_class:16410:0, "table public.rn")
--   (#pg_class:16411:0, "index public.rn_pkey")
--   (#pg_class:16413:1, "column public.rt.id")
--   (#pg_class:16413:2, "column public.rt.v")
--   (#pg_class:16414:0, "index public.rt_pkey")
--   (#pg_constraint:16415:0, "constraint rt_pkey on public.rt")

-- may be set aside:
--   Aside { schema: "public", table: "rt", column: Some("v"), copy_schema: "backout_undone_1", copy: "misfits_16413_2", by: RowOfKey(["id"]), left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16413_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((ARRAY[($1::text)::text]::text::regclass[])[1]) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN RETURN false; END'"), count: "SELECT count(*) FROM public.rt t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16413_2(t.v::text)", keys: Some("SELECT ROW(t.id)::text FROM public.rt t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16413_2(t.v::text) LIMIT 5"), object: "column public.rt.v", otherwise: "values that do not fit its former type are set aside or cut" }
