-- locks:
--   public.rv, ACCESS EXCLUSIVE
--   public.rx, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.rx.id
CREATE TABLE backout_undone_1.column_16415_4 (v integer, backout_value integer, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

-- steps:
-- column public.rx.id
INSERT INTO backout_undone_1.column_16415_4 (v, backout_value) SELECT v, id FROM public.rx WHERE id IS NOT NULL;
-- constraint rx_pkey on public.rx
ALTER TABLE public.rx DROP CONSTRAINT IF EXISTS rx_pkey CASCADE;
-- constraint rv_pkey on public.rv
ALTER TABLE public.rv DROP CONSTRAINT IF EXISTS rv_pkey CASCADE;
-- what the migration added
ALTER TABLE ONLY public.rx ALTER COLUMN id DROP DEFAULT;
-- what the migration added
DROP SEQUENCE IF EXISTS public.rx_id_seq CASCADE;
-- type public.rvk
ALTER TYPE public.rvk RENAME TO backout_rebuilt_16421;
-- column public.rx.id
ALTER TABLE public.rx ALTER COLUMN id DROP NOT NULL;
-- column public.rx.id
ALTER TABLE public.rx RENAME COLUMN id TO backout_key_4;
-- type public.rvk
CREATE TYPE public.rvk AS ENUM ('a', 'b');
-- column public.rv.k
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.rvk)::text::public.rvk)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16411_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.rv ALTER COLUMN k DROP NOT NULL", "ALTER TABLE public.rv ALTER COLUMN k TYPE public.rvk USING backout_undone_1.misfits_16411_3_back(ROW(id)::text, k::text)::text::public.rvk", "DROP FUNCTION backout_undone_1.misfits_16411_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_3", otherwise: "values of column public.rv.k that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_3, by the key of their rows", nullable: [("public.rv", "k")], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.rv ALTER COLUMN k TYPE public.rvk USING k::text::public.rvk;
-- type public.rvk
DROP TYPE public.backout_rebuilt_16421;
-- table public.rv
ALTER TABLE public.rv RENAME TO backout_rebuilt_16411;
-- table public.rv
CREATE TABLE public.rv (id integer NOT NULL, lost text, k public.rvk, v integer, w text NOT NULL, z integer);
-- table public.rv
INSERT INTO public.rv (id, lost, k, v, w, z) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.k, t.v, t.w, t.z FROM ONLY public.backout_rebuilt_16411 t LEFT JOIN backout_archive_1.column_123663_2 c2 ON c2.id = t.id;
-- column public.rv.k
--   if all rows of public.rv have a value of k
ALTER TABLE public.rv ALTER COLUMN k SET NOT NULL;
-- column public.rv.v
--   if all rows of public.rv have a value of v
ALTER TABLE public.rv ALTER COLUMN v SET NOT NULL;
-- table public.rv
DROP TABLE public.backout_rebuilt_16411;
-- table public.rx
ALTER TABLE public.rx RENAME TO backout_rebuilt_16415;
-- table public.rx
CREATE TABLE public.rx (team text, v integer, f boolean);
-- table public.rx
INSERT INTO public.rx (team, v, f) OVERRIDING SYSTEM VALUE SELECT c1.backout_value, t.v, coalesce(c3.backout_value, (false)::boolean) FROM ONLY public.backout_rebuilt_16415 t LEFT JOIN backout_archive_1.column_123671_1 c1 ON c1.id = t.backout_key_4 LEFT JOIN backout_archive_1.column_123671_3 c3 ON c3.id = t.backout_key_4;
-- column public.rx.team
--   if all rows of public.rx have a value of team
ALTER TABLE public.rx ALTER COLUMN team SET NOT NULL;
-- column public.rx.v
--   if all rows of public.rx have a value of v
ALTER TABLE public.rx ALTER COLUMN v SET NOT NULL;
-- column public.rx.f
ALTER TABLE public.rx ALTER COLUMN f SET NOT NULL;
-- table public.rx
DROP TABLE public.backout_rebuilt_16415;
-- column public.rv.v
--   if all rows of public.rv have a value of v
ALTER TABLE public.rv ALTER COLUMN v SET NOT NULL;
-- column public.rx.v
--   if all rows of public.rx have a value of v
ALTER TABLE public.rx ALTER COLUMN v SET NOT NULL;
-- default public.rv.w
ALTER TABLE ONLY public.rv ALTER COLUMN w SET DEFAULT 'w'::text;
-- default public.rx.f
ALTER TABLE ONLY public.rx ALTER COLUMN f SET DEFAULT false;
-- constraint rv_pkey on public.rv
--   may clash: Values, at once None
ALTER TABLE public.rv ADD CONSTRAINT rv_pkey PRIMARY KEY (id);
-- constraint rx_pkey on public.rx
--   may clash: Values, at once None
ALTER TABLE public.rx ADD CONSTRAINT rx_pkey PRIMARY KEY (team);

-- tail:
-- table public.rv: analyze
ANALYZE public.rv;
-- table public.rx: analyze
ANALYZE public.rx;

-- rebuilt:
--   public.rv
--   public.rx

-- remade:
--   #pg_class:16411:0 table public.rv
--   #pg_class:16413:0 index public.rv_pkey
--   #pg_class:16415:0 table public.rx
--   #pg_attrdef:16412:0 default public.rv.w
--   #pg_constraint:16414:0 constraint rv_pkey on public.rv

-- parts:
--   column public.rv.id
--   column public.rv.k
--   column public.rv.lost
--   column public.rv.v
--   column public.rv.w
--   column public.rv.z
--   column public.rx.f
--   column public.rx.team
--   column public.rx.v
--   constraint rv_pkey on public.rv
--   constraint rx_pkey on public.rx
--   default public.rv.w
--   default public.rx.f
--   index public.rv_pkey
--   index public.rx_pkey
--   table public.rv
--   table public.rx

-- renumbered:
--   (#pg_type:16410:0, "type public.rvk")
--   (#pg_class:16411:0, "table public.rv")
--   (#pg_class:16411:1, "column public.rv.id")
--   (#pg_class:16411:2, "column public.rv.lost")
--   (#pg_class:16411:3, "column public.rv.k")
--   (#pg_class:16411:4, "column public.rv.v")
--   (#pg_class:16411:5, "column public.rv.w")
--   (#pg_class:16411:6, "column public.rv.z")
--   (#pg_class:16413:0, "index public.rv_pkey")
--   (#pg_class:16415:0, "table public.rx")
--   (#pg_class:16415:1, "column public.rx.team")
--   (#pg_class:16415:2, "column public.rx.v")
--   (#pg_class:16415:3, "column public.rx.f")
--   (#pg_class:16417:0, "index public.rx_pkey")
--   (#pg_attrdef:16412:0, "default public.rv.w")
--   (#pg_attrdef:16416:0, "default public.rx.f")
--   (#pg_constraint:16414:0, "constraint rv_pkey on public.rv")
--   (#pg_constraint:16418:0, "constraint rx_pkey on public.rx")

-- set aside:
--   SetAside { table: "public.rx", column: "id", copy: "backout_undone_1.column_16415_4", count: "SELECT count(*) FROM public.rx WHERE id IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "rx", column: Some("id"), copy_schema: "backout_undone_1", copy: "column_16415_4", by: Place(["v"]), left: None }
--   Aside { schema: "public", table: "rv", column: Some("k"), copy_schema: "backout_undone_1", copy: "misfits_16411_3", by: RowOfKey(["id"]), left: Some("NULL") }

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.rv t WHERE t.v IS NULL", keys: Some("SELECT ROW(t.id)::text FROM public.rv t WHERE t.v IS NULL LIMIT 5"), object: "column public.rv.v", otherwise: "rows have no value for it: it stays nullable" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.rx t WHERE t.v IS NULL", keys: Some("SELECT ROW(t.id)::text FROM public.rx t WHERE t.v IS NULL LIMIT 5"), object: "column public.rx.v", otherwise: "rows have no value for it: it stays nullable" }

-- needs values:
--   NeedsValues { table: "public.rv", column: "v", heirs: ["public.rv"], forced: false }
--   NeedsValues { table: "public.rx", column: "v", heirs: ["public.rx"], forced: false }
--   NeedsValues { table: "public.rv", column: "k", heirs: ["public.rv"], forced: false }
--   NeedsValues { table: "public.rv", column: "v", heirs: ["public.rv"], forced: false }
--   NeedsValues { table: "public.rx", column: "v", heirs: ["public.rx"], forced: false }
--   NeedsValues { table: "public.rx", column: "team", heirs: ["public.rx"], forced: false }
