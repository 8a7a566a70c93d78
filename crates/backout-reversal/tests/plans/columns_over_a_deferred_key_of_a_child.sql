-- locks:
--   public.dc, ACCESS EXCLUSIVE
--   public.dp, ACCESS EXCLUSIVE

-- steps:
-- sequence public.dp_id_seq
ALTER SEQUENCE backout_archive_1."103941 dp_id_seq" SET SCHEMA public;
-- sequence public.dp_id_seq
ALTER SEQUENCE public."103941 dp_id_seq" RENAME TO dp_id_seq;
-- column public.dp.id
ALTER TABLE public.dp ADD COLUMN id integer;
-- column public.dp.a
ALTER TABLE public.dp ADD COLUMN a integer;
-- column public.dc.id
SET CONSTRAINTS ALL IMMEDIATE;
-- column public.dc.id
UPDATE ONLY public.dc u SET id = w.id, a = w.a FROM (SELECT i.ctid AS backout_at, ROW(i.z, i.k, i.x)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.z, i.k, i.x)::text) AS backout_place FROM ONLY public.dc i) t LEFT JOIN (SELECT i.*, ROW(i.z, i.k, i.x)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.z, i.k, i.x)::text) AS backout_place FROM backout_archive_1.rows_103948 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.id, i.k, i.x, i.z)::text FROM backout_archive_1.rows_103948 i EXCEPT ALL SELECT ROW(i.a, i.id, i.k, i.x, i.z)::text FROM ONLY public.dc i) d; forced None; otherwise rows of public.dc were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_103948; if none None
-- column public.dp.id
UPDATE public.dp SET id = nextval('public.dp_id_seq'::regclass) WHERE id IS NULL;
-- column public.dp.id
ALTER TABLE public.dp ALTER COLUMN id SET NOT NULL;
-- column public.dp.a
--   if all rows of public.dp have a value of a
ALTER TABLE public.dp ALTER COLUMN a SET NOT NULL;
-- default public.dp.id
ALTER TABLE ONLY public.dp ALTER COLUMN id SET DEFAULT nextval('public.dp_id_seq'::regclass);
-- default public.dc.id
ALTER TABLE ONLY public.dc ALTER COLUMN id SET DEFAULT nextval('public.dp_id_seq'::regclass);
-- constraint dp_pkey on public.dp
--   may clash: Values, at once None
ALTER TABLE public.dp ADD CONSTRAINT dp_pkey PRIMARY KEY (id);
-- sequence public.dp_id_seq
ALTER SEQUENCE public.dp_id_seq OWNED BY public.dp.id;

-- column order:
--   public.dp
--   public.dc

-- column order, why:
--   ("public.dc", "it inherits, and its parent has its columns in another order then")
--   ("public.dp", "others inherit from it")

-- parts:
--   column public.dc.a
--   column public.dc.id
--   column public.dc.k
--   column public.dc.x
--   column public.dc.z
--   column public.dp.a
--   column public.dp.id
--   column public.dp.z
--   constraint dp_pkey on public.dp
--   default public.dc.id
--   default public.dp.id
--   foreign key dc_k_fkey on public.dc
--   index public.dp_pkey
--   table public.dc
--   table public.dp

-- renumbered:
--   (#pg_class:16413:0, "sequence public.dp_id_seq")
--   (#pg_class:16414:1, "column public.dp.id")
--   (#pg_class:16414:2, "column public.dp.a")
--   (#pg_class:16416:0, "index public.dp_pkey")
--   (#pg_class:16418:1, "column public.dc.id")
--   (#pg_class:16418:2, "column public.dc.a")
--   (#pg_attrdef:16415:0, "default public.dp.id")
--   (#pg_attrdef:16419:0, "default public.dc.id")
--   (#pg_constraint:16417:0, "constraint dp_pkey on public.dp")

-- needs values:
--   NeedsValues { table: "public.dp", column: "a", heirs: ["public.dp", "public.dc"], forced: false }
