-- locks:
--   public.cn, SHARE ROW EXCLUSIVE

-- before the locks:
-- table public.cn
CREATE TABLE backout_archive_1.rows_102661_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.k, s.p FROM (SELECT i.*, ROW(i.k, i.p)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_102661_1 i WINDOW w AS (PARTITION BY ROW(i.k, i.p)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- table public.cr
CREATE TABLE public.cr (id integer NOT NULL, a integer NOT NULL, d date, e integer);
-- table public.cr
INSERT INTO public.cr (id, a, d, e) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.d, t.e FROM ONLY backout_archive_1.table_102653 t LEFT JOIN backout_archive_1.column_102653_2 c2 ON c2.id = t.id;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.cr
--   expected: 3 rows, otherwise rows of table public.cr were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.cr t SET e = m.e FROM backout_archive_1.rows_102653_1 m JOIN backout_archive_1.rows_102653_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.e::text IS NOT DISTINCT FROM p.e::text OR t.e::text IS NOT DISTINCT FROM m.e::text);
-- table public.cr
--   only after a shortfall
UPDATE ONLY public.cr t SET e = CASE WHEN t.e::text IS NOT DISTINCT FROM p.e::text THEN m.e ELSE t.e END FROM backout_archive_1.rows_102653_1 m JOIN backout_archive_1.rows_102653_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.e::text IS NOT DISTINCT FROM p.e::text AND m.e::text IS DISTINCT FROM p.e::text));
-- table public.cn
--   expected: 1 rows, otherwise rows that the migration left in table public.cn were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.cn d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.k, t.p)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.k, t.p)::text) AS n FROM ONLY public.cn t) c, (SELECT ROW(i.k, i.p)::text AS text, i.backout_count FROM backout_archive_1.rows_102661_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- sequence public.cr_id_seq
CREATE SEQUENCE public.cr_id_seq AS integer INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1;
-- sequence public.cr_id_seq
ALTER SEQUENCE public.cr_id_seq OWNED BY public.cr.id;
-- default public.cr.id
ALTER TABLE ONLY public.cr ALTER COLUMN id SET DEFAULT nextval('public.cr_id_seq'::regclass);
-- constraint cr_pkey on public.cr
ALTER TABLE public.cr ADD CONSTRAINT cr_pkey PRIMARY KEY (id);
-- constraint cr_a_key on public.cr
ALTER TABLE public.cr ADD CONSTRAINT cr_a_key UNIQUE (a);
-- foreign key cn_p_fkey on public.cn
ALTER TABLE public.cn ADD CONSTRAINT cn_p_fkey FOREIGN KEY (p) REFERENCES public.cr(id) DEFERRABLE INITIALLY DEFERRED NOT VALID;
-- sequence public.cr_id_seq
SELECT pg_catalog.setval('public.cr_id_seq', 3, true);

-- tail:
-- foreign key cn_p_fkey on public.cn: validate, public.cn
ALTER TABLE public.cn VALIDATE CONSTRAINT cn_p_fkey;

-- parts:
--   column public.cn.k
--   column public.cn.p
--   column public.cr.a
--   column public.cr.d
--   column public.cr.e
--   column public.cr.id
--   constraint cn_k_key on public.cn
--   constraint cr_a_key on public.cr
--   constraint cr_pkey on public.cr
--   default public.cr.id
--   foreign key cn_p_fkey on public.cn
--   index public.cn_k_key
--   index public.cr_a_key
--   index public.cr_pkey
--   table public.cn
--   table public.cr

-- renumbered:
--   (#pg_class:16410:0, "sequence public.cr_id_seq")
--   (#pg_class:16411:0, "table public.cr")
--   (#pg_class:16411:1, "column public.cr.id")
--   (#pg_class:16411:2, "column public.cr.a")
--   (#pg_class:16411:3, "column public.cr.d")
--   (#pg_class:16411:4, "column public.cr.e")
--   (#pg_class:16413:0, "index public.cr_pkey")
--   (#pg_class:16415:0, "index public.cr_a_key")
--   (#pg_attrdef:16412:0, "default public.cr.id")
--   (#pg_constraint:16414:0, "constraint cr_pkey on public.cr")
--   (#pg_constraint:16416:0, "constraint cr_a_key on public.cr")
--   (#pg_constraint:16420:0, "foreign key cn_p_fkey on public.cn")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.cn t WHERE t.p IS NOT NULL AND NOT EXISTS (SELECT FROM backout_archive_1.table_102653 f WHERE f.id = t.p) AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, d, e FROM backout_archive_1.rows_102653_1) m WHERE NOT m.backout_new AND m.id::text = (t.p)::text)", keys: None, object: "foreign key cn_p_fkey on public.cn", otherwise: "rows refer to nothing: it holds for new rows only" }

-- needs values:
--   NeedsValues { table: "public.cr", column: "a", heirs: ["public.cr"], forced: false }
