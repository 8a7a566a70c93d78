-- locks:
--   public.tw, ACCESS EXCLUSIVE
--   public.tz, ACCESS EXCLUSIVE

-- steps:
-- column public.tw.x
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::boolean)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.tw ALTER COLUMN x TYPE boolean USING backout_undone_1.misfits_16410_1_back(ROW(x)::text, x::text)::boolean", "DROP FUNCTION backout_undone_1.misfits_16410_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_1", otherwise: "values of column public.tw.x that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_1, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.tw ALTER COLUMN x TYPE boolean USING x::boolean;
-- column public.tz.c
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16413_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16413_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::numeric(6,2))::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16413_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.tz ALTER COLUMN c TYPE numeric(6,2) USING backout_undone_1.misfits_16413_3_back(ROW(c)::text, c::text)::numeric(6,2)", "DROP FUNCTION backout_undone_1.misfits_16413_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16413_3", otherwise: "values of column public.tz.c that were written since do not fit its former type; they lie in backout_undone_1.misfits_16413_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.tz ALTER COLUMN c TYPE numeric(6,2) USING c::numeric(6,2);
-- table public.tw
ALTER TABLE public.tw RENAME TO backout_rebuilt_16410;
-- table public.tw
CREATE TABLE public.tw (x boolean, k integer, n integer);
-- table public.tw
INSERT INTO public.tw (x, k, n) OVERRIDING SYSTEM VALUE SELECT t.x, w.k, t.n FROM (SELECT i.*, ROW(i.x, i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.x, i.n)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.x::boolean, i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.x::boolean, i.n)::text) AS backout_place FROM backout_archive_1.rows_28563 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.tw.k
--   if all rows of public.tw have a value of k
ALTER TABLE public.tw ALTER COLUMN k SET NOT NULL;
-- table public.tw
DROP TABLE public.backout_rebuilt_16410;
-- table public.tz
ALTER TABLE public.tz RENAME TO backout_rebuilt_16413;
-- table public.tz
CREATE TABLE public.tz (a integer, b text, c numeric(6,2));
-- table public.tz
INSERT INTO public.tz (a, b, c) OVERRIDING SYSTEM VALUE SELECT t.a, w.b, t.c FROM (SELECT i.*, ROW(i.a, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.c)::text) AS backout_place FROM ONLY public.backout_rebuilt_16413 i) t LEFT JOIN (SELECT i.*, ROW(i.a, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.c)::text) AS backout_place FROM backout_archive_1.rows_28568 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.tz
DROP TABLE public.backout_rebuilt_16413;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.k, i.n, i.x::boolean)::text FROM backout_archive_1.rows_28563 i EXCEPT ALL SELECT ROW(i.k, i.n, i.x)::text FROM ONLY public.tw i) d; forced None; otherwise rows of public.tw were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_28563; if none None
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.c)::text FROM backout_archive_1.rows_28568 i EXCEPT ALL SELECT ROW(i.a, i.b, i.c)::text FROM ONLY public.tz i) d; forced None; otherwise rows of public.tz were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_28568; if none None
-- constraint tw_pkey on public.tw
--   may clash: Values, at once None
ALTER TABLE public.tw ADD CONSTRAINT tw_pkey PRIMARY KEY (k);

-- tail:
-- table public.tw: analyze
ANALYZE public.tw;
-- table public.tz: analyze
ANALYZE public.tz;

-- rebuilt:
--   public.tw
--   public.tz

-- remade:
--   #pg_class:16410:0 table public.tw
--   #pg_class:16413:0 table public.tz

-- parts:
--   column public.tw.k
--   column public.tw.n
--   column public.tw.x
--   column public.tz.a
--   column public.tz.b
--   column public.tz.c
--   constraint tw_pkey on public.tw
--   index public.tw_pkey
--   table public.tw
--   table public.tz

-- renumbered:
--   (#pg_class:16410:0, "table public.tw")
--   (#pg_class:16410:1, "column public.tw.x")
--   (#pg_class:16410:2, "column public.tw.k")
--   (#pg_class:16410:3, "column public.tw.n")
--   (#pg_class:16411:0, "index public.tw_pkey")
--   (#pg_class:16413:0, "table public.tz")
--   (#pg_class:16413:1, "column public.tz.a")
--   (#pg_class:16413:2, "column public.tz.b")
--   (#pg_class:16413:3, "column public.tz.c")
--   (#pg_constraint:16412:0, "constraint tw_pkey on public.tw")

-- may be set aside:
--   Aside { schema: "public", table: "tw", column: Some("x"), copy_schema: "backout_undone_1", copy: "misfits_16410_1", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "tz", column: Some("c"), copy_schema: "backout_undone_1", copy: "misfits_16413_3", by: Nothing, left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::boolean) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.tw t WHERE t.x IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.x::text)", keys: None, object: "column public.tw.x", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16413_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::numeric(6,2)) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.tz t WHERE t.c IS NOT NULL AND NOT pg_temp.backout_fits_16413_3(t.c::text)", keys: None, object: "column public.tz.c", otherwise: "values that do not fit its former type are set aside or cut" }

-- needs values:
--   NeedsValues { table: "public.tw", column: "k", heirs: ["public.tw"], forced: false }
