-- locks:
--   public.nr, ACCESS EXCLUSIVE
--   public.nw, ACCESS EXCLUSIVE
--   public.nx, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.nw.id
CREATE TABLE backout_undone_1.column_16410_5 (n integer, z integer, backout_value text, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- column public.nx.id
CREATE TABLE backout_undone_1.column_16413_3 (backout_value bigint, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

-- steps:
-- column public.nw.id
INSERT INTO backout_undone_1.column_16410_5 (n, z, backout_value) SELECT n, z, id FROM public.nw WHERE id IS NOT NULL;
-- column public.nx.id
INSERT INTO backout_undone_1.column_16413_3 (backout_value) SELECT id FROM public.nx WHERE id IS NOT NULL;
-- foreign key nr_nw_fkey on public.nr
ALTER TABLE public.nr DROP CONSTRAINT IF EXISTS nr_nw_fkey CASCADE;
-- view public.nwv
DROP VIEW IF EXISTS public.nwv CASCADE;
-- constraint nw_pkey on public.nw
ALTER TABLE public.nw DROP CONSTRAINT IF EXISTS nw_pkey CASCADE;
-- constraint nw_n_key on public.nw
ALTER TABLE public.nw DROP CONSTRAINT IF EXISTS nw_n_key CASCADE;
-- what the migration added
ALTER TABLE public.nx DROP CONSTRAINT IF EXISTS nx_pkey CASCADE;
-- what the migration added
ALTER TABLE public.nr SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.nr RENAME TO "16424 nr";
-- column public.nw.id
ALTER TABLE public.nw ALTER COLUMN id DROP NOT NULL;
-- column public.nw.id
ALTER TABLE public.nw RENAME COLUMN id TO backout_key_5;
-- column public.nx.id
ALTER TABLE public.nx ALTER COLUMN id DROP IDENTITY;
-- column public.nx.id
ALTER TABLE public.nx ALTER COLUMN id DROP NOT NULL;
-- column public.nx.id
ALTER TABLE public.nx RENAME COLUMN id TO backout_key_3;
-- table public.nw
ALTER TABLE public.nw RENAME TO backout_rebuilt_16410;
-- table public.nw
CREATE TABLE public.nw (n integer, a text, b text, z integer);
-- table public.nw
INSERT INTO public.nw (n, a, b, z) OVERRIDING SYSTEM VALUE SELECT t.n, w.a, c3.backout_value, t.z FROM (SELECT i.*, ROW(i.n, i.z)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n, i.z)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.n, i.z)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n, i.z)::text) AS backout_place FROM backout_archive_1.rows_32556 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place LEFT JOIN backout_archive_1.column_32556_3 c3 ON c3.id = t.backout_key_5;
-- table public.nw
DROP TABLE public.backout_rebuilt_16410;
-- column public.nx.id
ALTER TABLE public.nx ADD COLUMN id integer;
-- column public.nx.a
ALTER TABLE public.nx ADD COLUMN a text;
-- column public.nx.id
UPDATE ONLY public.nx u SET id = w.id FROM (SELECT i.ctid AS backout_at, ROW()::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW()::text) AS backout_place FROM ONLY public.nx i) t LEFT JOIN (SELECT i.*, ROW()::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW()::text) AS backout_place FROM backout_archive_1.rows_32563 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- column public.nx.a
UPDATE ONLY public.nx t SET a = c.backout_value FROM backout_archive_1.column_32563_2 c WHERE t.backout_key_3 = c.id;
-- column public.nx.id
ALTER TABLE public.nx DROP COLUMN backout_key_3;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.n, i.z)::text FROM backout_archive_1.rows_32556 i EXCEPT ALL SELECT ROW(i.a, i.b, i.n, i.z)::text FROM ONLY public.nw i) d; forced None; otherwise rows of public.nw were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_32556; if none None
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.id)::text FROM backout_archive_1.rows_32563 i EXCEPT ALL SELECT ROW(i.a, i.id)::text FROM ONLY public.nx i) d; forced None; otherwise rows of public.nx were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_32563; if none None
-- column public.nx.id
--   if all rows of public.nx have a value of id
ALTER TABLE public.nx ALTER COLUMN id SET NOT NULL;
-- constraint nw_n_key on public.nw
--   may clash: Values, at once None
ALTER TABLE public.nw ADD CONSTRAINT nw_n_key UNIQUE (n);
-- constraint nx_pkey on public.nx
--   may clash: Values, at once None
ALTER TABLE public.nx ADD CONSTRAINT nx_pkey PRIMARY KEY (id);

-- tail:
-- table public.nw: analyze
ANALYZE public.nw;

-- rebuilt:
--   public.nw

-- remade:
--   #pg_class:16410:0 table public.nw
--   #pg_class:16411:0 index public.nw_n_key
--   #pg_constraint:16412:0 constraint nw_n_key on public.nw

-- parts:
--   column public.nw.a
--   column public.nw.b
--   column public.nw.n
--   column public.nw.z
--   column public.nx.a
--   column public.nx.id
--   constraint nw_n_key on public.nw
--   constraint nx_pkey on public.nx
--   index public.nw_n_key
--   index public.nx_pkey
--   table public.nw
--   table public.nx

-- renumbered:
--   (#pg_class:16410:0, "table public.nw")
--   (#pg_class:16410:1, "column public.nw.n")
--   (#pg_class:16410:2, "column public.nw.a")
--   (#pg_class:16410:3, "column public.nw.b")
--   (#pg_class:16410:4, "column public.nw.z")
--   (#pg_class:16411:0, "index public.nw_n_key")
--   (#pg_class:16413:1, "column public.nx.id")
--   (#pg_class:16413:2, "column public.nx.a")
--   (#pg_class:16414:0, "index public.nx_pkey")
--   (#pg_constraint:16412:0, "constraint nw_n_key on public.nw")
--   (#pg_constraint:16415:0, "constraint nx_pkey on public.nx")

-- moved aside:
--   Moved { id: #pg_class:16424:0, identity: "table public.nr", from_schema: "public", to_schema: "backout_undone_1", name: "nr", kept_as: "16424 nr" }

-- set aside:
--   SetAside { table: "public.nw", column: "id", copy: "backout_undone_1.column_16410_5", count: "SELECT count(*) FROM public.nw WHERE id IS NOT NULL" }
--   SetAside { table: "public.nx", column: "id", copy: "backout_undone_1.column_16413_3", count: "SELECT count(*) FROM public.nx WHERE id IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "nw", column: Some("id"), copy_schema: "backout_undone_1", copy: "column_16410_5", by: Place(["n", "z"]), left: None }
--   Aside { schema: "public", table: "nx", column: Some("id"), copy_schema: "backout_undone_1", copy: "column_16413_3", by: Place([]), left: None }
--   Aside { schema: "public", table: "nr", column: None, copy_schema: "backout_undone_1", copy: "16424 nr", by: Rows, left: None }

-- needs values:
--   NeedsValues { table: "public.nx", column: "id", heirs: ["public.nx"], forced: false }
