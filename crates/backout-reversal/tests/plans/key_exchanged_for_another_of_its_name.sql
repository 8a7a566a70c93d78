-- locks:
--   public.kx, ACCESS EXCLUSIVE
--   public.ky, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.kx.id
CREATE TABLE backout_undone_1.column_16410_4 (v text, w integer, backout_value bigint, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- column public.ky.a
CREATE TABLE backout_undone_1.column_16414_4 (n integer, backout_value bigint, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- column public.ky.b
CREATE TABLE backout_undone_1.column_16414_5 (n integer, backout_value bigint, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- table public.ky
CREATE TABLE backout_archive_1.rows_142914_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.a, s.b, s.n FROM (SELECT i.*, ROW(i.a, i.b, i.n)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_142914_1 i WINDOW w AS (PARTITION BY ROW(i.a, i.b, i.n)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.kx.id
INSERT INTO backout_undone_1.column_16410_4 (v, w, backout_value) SELECT v, w, id FROM public.kx WHERE id IS NOT NULL;
-- column public.ky.a
INSERT INTO backout_undone_1.column_16414_4 (n, backout_value) SELECT n, a FROM public.ky WHERE a IS NOT NULL;
-- column public.ky.b
INSERT INTO backout_undone_1.column_16414_5 (n, backout_value) SELECT n, b FROM public.ky WHERE b IS NOT NULL;
-- foreign key ky_b_fkey on public.ky
ALTER TABLE public.ky DROP CONSTRAINT IF EXISTS ky_b_fkey CASCADE;
-- foreign key ky_a_fkey on public.ky
ALTER TABLE public.ky DROP CONSTRAINT IF EXISTS ky_a_fkey CASCADE;
-- constraint ky_pkey on public.ky
ALTER TABLE public.ky DROP CONSTRAINT IF EXISTS ky_pkey CASCADE;
-- constraint kx_pkey on public.kx
ALTER TABLE public.kx DROP CONSTRAINT IF EXISTS kx_pkey CASCADE;
-- what the migration added
ALTER TABLE ONLY public.kx ALTER COLUMN id DROP DEFAULT;
-- what the migration added
ALTER TABLE public.ky DROP COLUMN IF EXISTS a CASCADE;
-- what the migration added
ALTER TABLE public.ky DROP COLUMN IF EXISTS b CASCADE;
-- what the migration added
DROP SEQUENCE IF EXISTS public.kx_num_seq CASCADE;
-- column public.kx.id
ALTER TABLE public.kx ALTER COLUMN id DROP NOT NULL;
-- column public.kx.id
ALTER TABLE public.kx RENAME COLUMN id TO backout_key_4;
-- table public.kx
ALTER TABLE public.kx RENAME TO backout_rebuilt_16410;
-- table public.kx
CREATE TABLE public.kx (id uuid, v text, w integer);
-- table public.kx
INSERT INTO public.kx (id, v, w) OVERRIDING SYSTEM VALUE SELECT coalesce(c1.backout_value, (gen_random_uuid())::uuid), t.v, t.w FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_142906_1 c1 ON c1.num = t.backout_key_4;
-- column public.kx.id
ALTER TABLE public.kx ALTER COLUMN id SET NOT NULL;
-- table public.kx
DROP TABLE public.backout_rebuilt_16410;
-- table public.ky
ALTER TABLE public.ky RENAME TO backout_rebuilt_16414;
-- table public.ky
CREATE TABLE public.ky (a uuid, b uuid, n integer);
-- table public.ky
INSERT INTO public.ky (a, b, n) OVERRIDING SYSTEM VALUE SELECT w.a, w.b, t.n FROM (SELECT i.*, ROW(i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n)::text) AS backout_place FROM ONLY public.backout_rebuilt_16414 i) t LEFT JOIN (SELECT i.*, ROW(i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n)::text) AS backout_place FROM backout_archive_1.rows_142914 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.ky.a
--   if all rows of public.ky have a value of a
ALTER TABLE public.ky ALTER COLUMN a SET NOT NULL;
-- column public.ky.b
--   if all rows of public.ky have a value of b
ALTER TABLE public.ky ALTER COLUMN b SET NOT NULL;
-- table public.ky
DROP TABLE public.backout_rebuilt_16414;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.n)::text FROM backout_archive_1.rows_142914 i EXCEPT ALL SELECT ROW(i.a, i.b, i.n)::text FROM ONLY public.ky i) d; forced None; otherwise rows of public.ky were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_142914; if none None
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- default public.kx.id
ALTER TABLE ONLY public.kx ALTER COLUMN id SET DEFAULT gen_random_uuid();
-- constraint kx_pkey on public.kx
--   may clash: Values, at once None
ALTER TABLE public.kx ADD CONSTRAINT kx_pkey PRIMARY KEY (id);
-- constraint ky_pkey on public.ky
--   may clash: Values, at once None
ALTER TABLE public.ky ADD CONSTRAINT ky_pkey PRIMARY KEY (a, b);
-- foreign key ky_a_fkey on public.ky
--   may clash: ForeignKey, at once Some("ALTER TABLE public.ky ADD CONSTRAINT ky_a_fkey FOREIGN KEY (a) REFERENCES public.kx(id) ON DELETE CASCADE")
ALTER TABLE public.ky ADD CONSTRAINT ky_a_fkey FOREIGN KEY (a) REFERENCES public.kx(id) ON DELETE CASCADE NOT VALID;
-- foreign key ky_b_fkey on public.ky
--   may clash: ForeignKey, at once Some("ALTER TABLE public.ky ADD CONSTRAINT ky_b_fkey FOREIGN KEY (b) REFERENCES public.kx(id)")
ALTER TABLE public.ky ADD CONSTRAINT ky_b_fkey FOREIGN KEY (b) REFERENCES public.kx(id) NOT VALID;

-- tail:
-- table public.kx: analyze
ANALYZE public.kx;
-- table public.ky: analyze
ANALYZE public.ky;
-- foreign key ky_a_fkey on public.ky: validate, public.ky
ALTER TABLE public.ky VALIDATE CONSTRAINT ky_a_fkey;
-- foreign key ky_b_fkey on public.ky: validate, public.ky
ALTER TABLE public.ky VALIDATE CONSTRAINT ky_b_fkey;

-- rebuilt:
--   public.kx
--   public.ky

-- remade:
--   #pg_class:16410:0 table public.kx
--   #pg_class:16414:0 table public.ky

-- parts:
--   column public.kx.id
--   column public.kx.v
--   column public.kx.w
--   column public.ky.a
--   column public.ky.b
--   column public.ky.n
--   constraint kx_pkey on public.kx
--   constraint ky_pkey on public.ky
--   default public.kx.id
--   foreign key ky_a_fkey on public.ky
--   foreign key ky_b_fkey on public.ky
--   index public.kx_pkey
--   index public.ky_pkey
--   table public.kx
--   table public.ky

-- renumbered:
--   (#pg_class:16410:0, "table public.kx")
--   (#pg_class:16410:1, "column public.kx.id")
--   (#pg_class:16410:2, "column public.kx.v")
--   (#pg_class:16410:3, "column public.kx.w")
--   (#pg_class:16412:0, "index public.kx_pkey")
--   (#pg_class:16414:0, "table public.ky")
--   (#pg_class:16414:1, "column public.ky.a")
--   (#pg_class:16414:2, "column public.ky.b")
--   (#pg_class:16414:3, "column public.ky.n")
--   (#pg_class:16415:0, "index public.ky_pkey")
--   (#pg_attrdef:16411:0, "default public.kx.id")
--   (#pg_constraint:16413:0, "constraint kx_pkey on public.kx")
--   (#pg_constraint:16416:0, "constraint ky_pkey on public.ky")
--   (#pg_constraint:16417:0, "foreign key ky_a_fkey on public.ky")
--   (#pg_constraint:16418:0, "foreign key ky_b_fkey on public.ky")

-- set aside:
--   SetAside { table: "public.kx", column: "id", copy: "backout_undone_1.column_16410_4", count: "SELECT count(*) FROM public.kx WHERE id IS NOT NULL" }
--   SetAside { table: "public.ky", column: "a", copy: "backout_undone_1.column_16414_4", count: "SELECT count(*) FROM public.ky WHERE a IS NOT NULL" }
--   SetAside { table: "public.ky", column: "b", copy: "backout_undone_1.column_16414_5", count: "SELECT count(*) FROM public.ky WHERE b IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "kx", column: Some("id"), copy_schema: "backout_undone_1", copy: "column_16410_4", by: Place(["v", "w"]), left: None }
--   Aside { schema: "public", table: "ky", column: Some("a"), copy_schema: "backout_undone_1", copy: "column_16414_4", by: Place(["n"]), left: None }
--   Aside { schema: "public", table: "ky", column: Some("b"), copy_schema: "backout_undone_1", copy: "column_16414_5", by: Place(["n"]), left: None }

-- needs values:
--   NeedsValues { table: "public.ky", column: "a", heirs: ["public.ky"], forced: false }
--   NeedsValues { table: "public.ky", column: "b", heirs: ["public.ky"], forced: false }
