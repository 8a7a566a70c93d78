-- locks:
--   public.gn, ACCESS EXCLUSIVE

-- steps:
-- column public.gn.g
CREATE SCHEMA IF NOT EXISTS backout_undone_1;
-- column public.gn.g
CREATE TABLE backout_undone_1.generated_16410_3 (backout_row text, backout_value text);
-- column public.gn.g
INSERT INTO backout_undone_1.generated_16410_3 SELECT ROW(t.id)::text, t.g::text FROM public.gn t WHERE t.g::text IS DISTINCT FROM (((a * 2))::integer)::text;
-- column public.gn.g
ALTER TABLE public.gn DROP COLUMN IF EXISTS g CASCADE;
-- constraint gn_pkey on public.gn
ALTER TABLE public.gn DROP CONSTRAINT IF EXISTS gn_pkey CASCADE;
-- table public.gn
ALTER TABLE public.gn RENAME TO backout_rebuilt_16410;
-- table public.gn
CREATE TABLE public.gn (id integer NOT NULL, a integer, g integer GENERATED ALWAYS AS ((a * 2)) STORED, z text);
-- table public.gn
INSERT INTO public.gn (id, a, z) OVERRIDING SYSTEM VALUE SELECT t.id, t.a, t.z FROM ONLY public.backout_rebuilt_16410 t;
-- table public.gn
DROP TABLE public.backout_rebuilt_16410;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.gn
--   expected: 2 rows, otherwise rows of table public.gn were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.gn t SET z = m.z FROM backout_archive_1.rows_164974_1 m JOIN backout_archive_1.rows_164974_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.z::text IS NOT DISTINCT FROM p.z::text OR t.z::text IS NOT DISTINCT FROM m.z::text);
-- table public.gn
--   only after a shortfall
UPDATE ONLY public.gn t SET z = CASE WHEN t.z::text IS NOT DISTINCT FROM p.z::text THEN m.z ELSE t.z END FROM backout_archive_1.rows_164974_1 m JOIN backout_archive_1.rows_164974_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.z::text IS NOT DISTINCT FROM p.z::text AND m.z::text IS DISTINCT FROM p.z::text));
-- constraint gn_pkey on public.gn
--   may clash: Values, at once None
ALTER TABLE public.gn ADD CONSTRAINT gn_pkey PRIMARY KEY (id);

-- tail:
-- table public.gn: analyze
ANALYZE public.gn;

-- rebuilt:
--   public.gn

-- remade:
--   #pg_class:16410:0 table public.gn
--   #pg_class:16411:0 index public.gn_pkey
--   #pg_constraint:16412:0 constraint gn_pkey on public.gn

-- parts:
--   column public.gn.a
--   column public.gn.g
--   column public.gn.id
--   column public.gn.z
--   constraint gn_pkey on public.gn
--   index public.gn_pkey
--   table public.gn

-- renumbered:
--   (#pg_class:16410:0, "table public.gn")
--   (#pg_class:16410:1, "column public.gn.id")
--   (#pg_class:16410:2, "column public.gn.a")
--   (#pg_class:16410:3, "column public.gn.g")
--   (#pg_class:16410:4, "column public.gn.z")
--   (#pg_class:16411:0, "index public.gn_pkey")
--   (#pg_constraint:16412:0, "constraint gn_pkey on public.gn")

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.generated_16410_3", forced: None, otherwise: "values of column public.gn.g are not what it is generated as again; they lie in backout_undone_1.generated_16410_3, by the key of their rows", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.generated_16410_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
