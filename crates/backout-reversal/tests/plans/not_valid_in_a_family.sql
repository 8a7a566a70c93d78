-- locks:
--   public.old, ACCESS EXCLUSIVE
--   public.young, ACCESS EXCLUSIVE

-- steps:
-- constraint doubted on public.old
ALTER TABLE public.old DROP CONSTRAINT IF EXISTS doubted CASCADE;
-- table public.young
ALTER TABLE public.young RENAME TO backout_rebuilt_16415;
-- table public.young
CREATE TABLE public.young (a integer, k integer, b integer) INHERITS (public.old);
-- table public.young
INSERT INTO public.young (id, n, a, k, b) OVERRIDING SYSTEM VALUE SELECT t.id, t.n, t.a, w.k, t.b FROM (SELECT i.*, ROW(i.id, i.n, i.a, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id, i.n, i.a, i.b)::text) AS backout_place FROM ONLY public.backout_rebuilt_16415 i) t LEFT JOIN (SELECT i.*, ROW(i.id, i.n, i.a, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id, i.n, i.a, i.b)::text) AS backout_place FROM backout_archive_1.rows_129701 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.young.k
--   if all rows of public.young have a value of k
ALTER TABLE public.young ALTER COLUMN k SET NOT NULL;
-- table public.young
DROP TABLE public.backout_rebuilt_16415;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.id, i.k, i.n)::text FROM backout_archive_1.rows_129701 i EXCEPT ALL SELECT ROW(i.a, i.b, i.id, i.k, i.n)::text FROM ONLY public.young i) d; forced None; otherwise rows of public.young were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_129701; if none None
-- default public.young.id
ALTER TABLE ONLY public.young ALTER COLUMN id SET DEFAULT nextval('public.old_id_seq'::regclass);
-- constraint young_pkey on public.young
--   may clash: Values, at once None
ALTER TABLE public.young ADD CONSTRAINT young_pkey PRIMARY KEY (k);
-- constraint doubted on public.old
ALTER TABLE public.old ADD CONSTRAINT doubted CHECK ((n > 3)) NOT VALID;

-- tail:
-- table public.young: analyze
ANALYZE public.young;

-- rebuilt:
--   public.young

-- remade:
--   #pg_class:16415:0 table public.young
--   #pg_attrdef:16416:0 default public.young.id
--   #pg_constraint:16421:0 constraint doubted on public.old
--   #pg_constraint:16422:0 constraint doubted on public.young

-- parts:
--   column public.old.id
--   column public.old.n
--   column public.young.a
--   column public.young.b
--   column public.young.id
--   column public.young.k
--   column public.young.n
--   constraint doubted on public.old
--   constraint doubted on public.young
--   constraint old_pkey on public.old
--   constraint young_pkey on public.young
--   default public.old.id
--   default public.young.id
--   index public.old_pkey
--   index public.young_pkey
--   table public.old
--   table public.young

-- renumbered:
--   (#pg_class:16415:0, "table public.young")
--   (#pg_class:16415:1, "column public.young.id")
--   (#pg_class:16415:2, "column public.young.n")
--   (#pg_class:16415:3, "column public.young.a")
--   (#pg_class:16415:4, "column public.young.k")
--   (#pg_class:16415:5, "column public.young.b")
--   (#pg_class:16417:0, "index public.young_pkey")
--   (#pg_attrdef:16416:0, "default public.young.id")
--   (#pg_constraint:16418:0, "constraint young_pkey on public.young")
--   (#pg_constraint:16421:0, "constraint doubted on public.old")
--   (#pg_constraint:16422:0, "constraint doubted on public.young")

-- needs values:
--   NeedsValues { table: "public.young", column: "k", heirs: ["public.young"], forced: false }
