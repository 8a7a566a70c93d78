-- locks:
--   public.tq, ACCESS EXCLUSIVE

-- before the locks:
-- table public.tq
CREATE TABLE backout_archive_1.rows_128626_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.w, s.a, s.b FROM (SELECT i.*, ROW(i.w, i.a, i.b)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_128626_1 i WINDOW w AS (PARTITION BY ROW(i.w, i.a, i.b)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- sequence public.tq_id_seq
ALTER SEQUENCE backout_archive_1."128625 tq_id_seq" SET SCHEMA public;
-- sequence public.tq_id_seq
ALTER SEQUENCE public."128625 tq_id_seq" RENAME TO tq_id_seq;
-- table public.tq
ALTER SEQUENCE public.tq_id_seq OWNED BY NONE;
-- table public.tq
ALTER TABLE public.tq RENAME TO backout_rebuilt_16412;
-- table public.tq
CREATE TABLE public.tq (id integer, w public.elf, a smallint, b numeric(6,2));
-- table public.tq
INSERT INTO public.tq (w, a, b) OVERRIDING SYSTEM VALUE SELECT w.w, t.a, t.b FROM (SELECT i.*, ROW(i.a, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.b)::text) AS backout_place FROM ONLY public.backout_rebuilt_16412 i) t LEFT JOIN (SELECT i.*, ROW(i.a, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.b)::text) AS backout_place FROM backout_archive_1.rows_128626_again_1 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.tq
DROP TABLE public.backout_rebuilt_16412;
-- table public.tq
ALTER SEQUENCE public.tq_id_seq OWNED BY public.tq.id;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.w)::text FROM backout_archive_1.rows_128626_again_1 i EXCEPT ALL SELECT ROW(i.a, i.b, i.w)::text FROM ONLY public.tq i) d; forced None; otherwise rows of public.tq were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_128626_again_1; if none None
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.tq
--   expected: 21 rows, otherwise rows that the migration left in table public.tq were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.tq d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.w::text, t.a, t.b)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.w::text, t.a, t.b)::text) AS n FROM ONLY public.tq t) c, (SELECT ROW(i.w::text, i.a, i.b)::text AS text, i.backout_count FROM backout_archive_1.rows_128626_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.tq
--   expected: 21 rows, otherwise rows that the migration took out of table public.tq did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.tq (w, a, b) OVERRIDING SYSTEM VALUE SELECT m.w::text::public.elf, m.a, m.b FROM (SELECT i.* FROM backout_archive_1.rows_128626_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- column public.tq.id
UPDATE ONLY public.tq u SET id = w.id FROM (SELECT i.ctid AS backout_at, ROW(i.w, i.a, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.w, i.a, i.b)::text) AS backout_place FROM ONLY public.tq i) t LEFT JOIN (SELECT i.*, ROW(i.w, i.a, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.w, i.a, i.b)::text) AS backout_place FROM backout_archive_1.rows_128626 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.id, i.w)::text FROM backout_archive_1.rows_128626 i EXCEPT ALL SELECT ROW(i.a, i.b, i.id, i.w)::text FROM ONLY public.tq i) d; forced None; otherwise rows of public.tq were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_128626; if none None
-- column public.tq.id
UPDATE public.tq SET id = nextval('public.tq_id_seq'::regclass) WHERE id IS NULL;
-- column public.tq.w
--   if all rows of public.tq have a value of w
ALTER TABLE public.tq ALTER COLUMN w SET NOT NULL;
-- column public.tq.id
ALTER TABLE public.tq ALTER COLUMN id SET NOT NULL;
-- default public.tq.id
ALTER TABLE ONLY public.tq ALTER COLUMN id SET DEFAULT nextval('public.tq_id_seq'::regclass);
-- constraint tq_pkey on public.tq
--   may clash: Values, at once None
ALTER TABLE public.tq ADD CONSTRAINT tq_pkey PRIMARY KEY (id);
-- sequence public.tq_id_seq
ALTER SEQUENCE public.tq_id_seq OWNED BY public.tq.id;

-- tail:
-- table public.tq: analyze
ANALYZE public.tq;

-- rebuilt:
--   public.tq

-- remade:
--   #pg_class:16412:0 table public.tq

-- parts:
--   column public.tq.a
--   column public.tq.b
--   column public.tq.id
--   column public.tq.w
--   constraint tq_pkey on public.tq
--   default public.tq.id
--   index public.tq_pkey
--   table public.tq

-- renumbered:
--   (#pg_class:16411:0, "sequence public.tq_id_seq")
--   (#pg_class:16412:0, "table public.tq")
--   (#pg_class:16412:1, "column public.tq.id")
--   (#pg_class:16412:2, "column public.tq.w")
--   (#pg_class:16412:3, "column public.tq.a")
--   (#pg_class:16412:4, "column public.tq.b")
--   (#pg_class:16414:0, "index public.tq_pkey")
--   (#pg_attrdef:16413:0, "default public.tq.id")
--   (#pg_constraint:16415:0, "constraint tq_pkey on public.tq")

-- needs values:
--   NeedsValues { table: "public.tq", column: "w", heirs: ["public.tq"], forced: false }
