-- locks:
--   public.ta, ACCESS EXCLUSIVE
--   public.tb, ACCESS EXCLUSIVE
--   public.tc, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.ta.u
CREATE TABLE backout_undone_1.column_16410_3 (id integer, backout_value uuid, PRIMARY KEY (id));
-- column public.tb.u
CREATE TABLE backout_undone_1.column_16413_3 (id integer, backout_value uuid, PRIMARY KEY (id));

-- steps:
-- column public.ta.u
INSERT INTO backout_undone_1.column_16410_3 (id, backout_value) SELECT id, u FROM public.ta WHERE u IS NOT NULL;
-- column public.tb.u
INSERT INTO backout_undone_1.column_16413_3 (id, backout_value) SELECT id, u FROM public.tb WHERE u IS NOT NULL;
-- constraint tb_pkey on public.tb
ALTER TABLE public.tb DROP CONSTRAINT IF EXISTS tb_pkey CASCADE;
-- what the migration added
ALTER TABLE public.ta DROP COLUMN IF EXISTS u CASCADE;
-- what the migration added
ALTER TABLE public.tb DROP COLUMN IF EXISTS u CASCADE;
-- column public.tc.v
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16416_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16416_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::integer)::text)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16416_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.tc ALTER COLUMN v TYPE text USING backout_undone_1.misfits_16416_2_back(ROW(id)::text, v::text)::text", "DROP FUNCTION backout_undone_1.misfits_16416_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16416_2", otherwise: "values of column public.tc.v that were written since do not fit its former type; they lie in backout_undone_1.misfits_16416_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.tc ALTER COLUMN v TYPE text USING v::text;
-- table public.tb
ALTER TABLE public.tb RENAME TO backout_rebuilt_16413;
-- table public.tb
CREATE TABLE public.tb (b bytea, id integer NOT NULL) WITH (toast.autovacuum_enabled='false');
-- table public.tb
INSERT INTO public.tb (b, id) OVERRIDING SYSTEM VALUE SELECT c1.backout_value, t.id FROM ONLY public.backout_rebuilt_16413 t LEFT JOIN backout_archive_1.column_172661_1 c1 ON c1.id = t.id;
-- table public.tb
DROP TABLE public.backout_rebuilt_16413;
-- column public.ta.b
ALTER TABLE public.ta ADD COLUMN b bytea;
-- column public.ta.b
UPDATE ONLY public.ta t SET b = c.backout_value FROM backout_archive_1.column_172654_2 c WHERE t.id = c.id;
-- constraint tb_pkey on public.tb
--   may clash: Values, at once None
ALTER TABLE public.tb ADD CONSTRAINT tb_pkey PRIMARY KEY (id);
-- table public.ta
ALTER TABLE public.ta SET (toast.autovacuum_enabled='false');
-- table public.tc
ALTER TABLE public.tc SET (toast.autovacuum_enabled='false');

-- tail:
-- table public.tb: analyze
ANALYZE public.tb;

-- rebuilt:
--   public.tb

-- remade:
--   #pg_class:16413:0 table public.tb
--   #pg_class:16414:0 index public.tb_pkey
--   #pg_constraint:16415:0 constraint tb_pkey on public.tb

-- parts:
--   column public.ta.b
--   column public.ta.id
--   column public.tb.b
--   column public.tb.id
--   column public.tc.id
--   column public.tc.v
--   constraint ta_pkey on public.ta
--   constraint tb_pkey on public.tb
--   constraint tc_pkey on public.tc
--   index public.ta_pkey
--   index public.tb_pkey
--   index public.tc_pkey
--   table public.ta
--   table public.tb
--   table public.tc

-- renumbered:
--   (#pg_class:16410:0, "table public.ta")
--   (#pg_class:16410:2, "column public.ta.b")
--   (#pg_class:16413:0, "table public.tb")
--   (#pg_class:16413:1, "column public.tb.b")
--   (#pg_class:16413:2, "column public.tb.id")
--   (#pg_class:16414:0, "index public.tb_pkey")
--   (#pg_class:16416:0, "table public.tc")
--   (#pg_class:16416:1, "column public.tc.id")
--   (#pg_class:16416:2, "column public.tc.v")
--   (#pg_class:16417:0, "index public.tc_pkey")
--   (#pg_constraint:16415:0, "constraint tb_pkey on public.tb")
--   (#pg_constraint:16418:0, "constraint tc_pkey on public.tc")

-- set aside:
--   SetAside { table: "public.ta", column: "u", copy: "backout_undone_1.column_16410_3", count: "SELECT count(*) FROM public.ta WHERE u IS NOT NULL" }
--   SetAside { table: "public.tb", column: "u", copy: "backout_undone_1.column_16413_3", count: "SELECT count(*) FROM public.tb WHERE u IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "ta", column: Some("u"), copy_schema: "backout_undone_1", copy: "column_16410_3", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "tb", column: Some("u"), copy_schema: "backout_undone_1", copy: "column_16413_3", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "tc", column: Some("v"), copy_schema: "backout_undone_1", copy: "misfits_16416_2", by: RowOfKey(["id"]), left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16416_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::integer)::text) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.tc t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16416_2(t.v::text)", keys: Some("SELECT ROW(t.id)::text FROM public.tc t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16416_2(t.v::text) LIMIT 5"), object: "column public.tc.v", otherwise: "values that do not fit its former type are set aside or cut" }
