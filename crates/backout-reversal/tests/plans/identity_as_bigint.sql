-- locks:
--   public.ib, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
ALTER TABLE public.ib DROP CONSTRAINT IF EXISTS ib_pkey CASCADE;
-- sequence public.ib_id_seq
ALTER SEQUENCE public.ib_id_seq INCREMENT BY 1;
-- sequence public.ib_id_seq
SELECT pg_catalog.setval('public.ib_id_seq', 2147483647, true) FROM public.ib_id_seq s WHERE s.last_value > 2147483647;
-- sequence public.ib_id_seq
ALTER SEQUENCE public.ib_id_seq AS integer MINVALUE 1 MAXVALUE 2147483647;
-- sequence public.ib_n_seq
ALTER SEQUENCE public.ib_n_seq INCREMENT BY -1;
-- sequence public.ib_n_seq
SELECT pg_catalog.setval('public.ib_n_seq', 99, true) FROM public.ib_n_seq s WHERE s.last_value > 99;
-- sequence public.ib_n_seq
SELECT pg_catalog.setval('public.ib_n_seq', -5, true) FROM public.ib_n_seq s WHERE s.last_value < -5;
-- sequence public.ib_n_seq
ALTER SEQUENCE public.ib_n_seq AS smallint INCREMENT BY 1 MINVALUE -5 MAXVALUE 99;
-- column public.ib.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16412_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16412_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::bigint)::integer)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16412_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16412_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.ib t WHERE id IS NOT NULL AND backout_undone_1.misfits_16412_1_back(ROW(id)::text, id::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16412_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.ib ALTER COLUMN id TYPE integer USING backout_undone_1.misfits_16412_1_back(ROW(id)::text, id::text)::integer", "DROP FUNCTION backout_undone_1.misfits_16412_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16412_1", otherwise: "values of column public.ib.id that were written since do not fit its former type; they lie in backout_undone_1.misfits_16412_1, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16412_1", "rows of public.ib that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16412_1")), if_none: [] }
ALTER TABLE public.ib ALTER COLUMN id TYPE integer USING id::integer;
-- column public.ib.n
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16412_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16412_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::integer)::smallint)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16412_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16412_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.ib t WHERE n IS NOT NULL AND backout_undone_1.misfits_16412_2_back(ROW(id)::text, n::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16412_2 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.ib ALTER COLUMN n TYPE smallint USING backout_undone_1.misfits_16412_2_back(ROW(id)::text, n::text)::smallint", "DROP FUNCTION backout_undone_1.misfits_16412_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16412_2", otherwise: "values of column public.ib.n that were written since do not fit its former type; they lie in backout_undone_1.misfits_16412_2, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16412_2", "rows of public.ib that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16412_2")), if_none: [] }
ALTER TABLE public.ib ALTER COLUMN n TYPE smallint USING n::smallint;
-- constraint ib_pkey on public.ib
--   may clash: Values, at once None
ALTER TABLE public.ib ADD CONSTRAINT ib_pkey PRIMARY KEY (id);
-- sequence public.ib_id_seq
SELECT pg_catalog.setval('public.ib_id_seq', 2, true) FROM public.ib_id_seq s WHERE s.last_value = 2147483647 AND s.is_called = true;
-- sequence public.ib_n_seq
SELECT pg_catalog.setval('public.ib_n_seq', 8, true) FROM public.ib_n_seq s WHERE s.last_value = -5 AND s.is_called = true;
-- sequence public.ib_id_seq
SELECT pg_catalog.setval('public.ib_id_seq', least(greatest(coalesce((SELECT max(id) FROM public.ib), 1), 1), 2147483647), EXISTS (SELECT FROM public.ib WHERE id IS NOT NULL)) FROM public.ib_id_seq s WHERE s.last_value = 2147483647 AND s.is_called;
-- sequence public.ib_n_seq
SELECT pg_catalog.setval('public.ib_n_seq', least(greatest(coalesce((SELECT max(n) FROM public.ib), 7), -5), 99), EXISTS (SELECT FROM public.ib WHERE n IS NOT NULL)) FROM public.ib_n_seq s WHERE s.last_value = 99 AND s.is_called;

-- parts:
--   column public.ib.id
--   column public.ib.n
--   constraint ib_pkey on public.ib
--   index public.ib_pkey
--   table public.ib

-- renumbered:
--   (#pg_class:16410:0, "sequence public.ib_id_seq")
--   (#pg_class:16411:0, "sequence public.ib_n_seq")
--   (#pg_class:16412:1, "column public.ib.id")
--   (#pg_class:16412:2, "column public.ib.n")
--   (#pg_class:16413:0, "index public.ib_pkey")
--   (#pg_constraint:16414:0, "constraint ib_pkey on public.ib")

-- may be set aside:
--   Aside { schema: "public", table: "ib", column: None, copy_schema: "backout_undone_1", copy: "rows_16412_1", by: Json, left: None }
--   Aside { schema: "public", table: "ib", column: None, copy_schema: "backout_undone_1", copy: "rows_16412_2", by: Json, left: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16412_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bigint)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.ib t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16412_1(t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.ib t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16412_1(t.id::text) LIMIT 5"), object: "column public.ib.id", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16412_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::integer)::smallint) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.ib t WHERE t.n IS NOT NULL AND NOT pg_temp.backout_fits_16412_2(t.n::text)", keys: Some("SELECT ROW(t.id)::text FROM public.ib t WHERE t.n IS NOT NULL AND NOT pg_temp.backout_fits_16412_2(t.n::text) LIMIT 5"), object: "column public.ib.n", otherwise: "values that do not fit its former type are set aside or cut" }
