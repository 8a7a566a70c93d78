-- locks:
--   public.tp, ACCESS EXCLUSIVE

-- before the locks:
-- table public.tp
CREATE TABLE backout_archive_1.rows_128991_3_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.a, s.b FROM (SELECT i.*, ROW(i.a, i.b)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_128991_3 i WINDOW w AS (PARTITION BY ROW(i.a, i.b)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.tp
CREATE TABLE backout_archive_1.rows_128991_2_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.a, s.x, s.b FROM (SELECT i.*, ROW(i.a, i.x, i.b)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_128991_2 i WINDOW w AS (PARTITION BY ROW(i.a, i.x, i.b)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.tp
CREATE TABLE backout_archive_1.rows_128991_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.w, s.a, s.x, s.b FROM (SELECT i.*, ROW(i.w, i.a, i.x, i.b)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_128991_1 i WINDOW w AS (PARTITION BY ROW(i.w, i.a, i.x, i.b)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- sequence public.tp_id_seq
ALTER SEQUENCE backout_archive_1."128990 tp_id_seq" SET SCHEMA public;
-- sequence public.tp_id_seq
ALTER SEQUENCE public."128990 tp_id_seq" RENAME TO tp_id_seq;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.tp
--   expected: 12 rows, otherwise rows that the migration left in table public.tp were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.tp d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.a, t.b)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.a, t.b)::text) AS n FROM ONLY public.tp t) c, (SELECT ROW(i.a, i.b)::text AS text, i.backout_count FROM backout_archive_1.rows_128991_3_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.tp
--   expected: 12 rows, otherwise rows that the migration took out of table public.tp did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.tp (a, b) OVERRIDING SYSTEM VALUE SELECT m.a, m.b FROM (SELECT i.* FROM backout_archive_1.rows_128991_3_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.tp
ALTER SEQUENCE public.tp_id_seq OWNED BY NONE;
-- table public.tp
ALTER TABLE public.tp RENAME TO backout_rebuilt_16411;
-- table public.tp
CREATE TABLE public.tp (id integer, w integer, a integer, x text, b numeric);
-- table public.tp
INSERT INTO public.tp (a, x, b) OVERRIDING SYSTEM VALUE SELECT t.a, w.x, t.b FROM (SELECT i.*, ROW(i.a, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.b)::text) AS backout_place FROM ONLY public.backout_rebuilt_16411 i) t LEFT JOIN (SELECT i.*, ROW(i.a, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.b)::text) AS backout_place FROM backout_archive_1.rows_128991_again_2 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.tp
DROP TABLE public.backout_rebuilt_16411;
-- table public.tp
ALTER SEQUENCE public.tp_id_seq OWNED BY public.tp.id;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 12, 0) FROM (SELECT ROW(i.a, i.b, i.x)::text FROM backout_archive_1.rows_128991_again_2 i EXCEPT ALL SELECT ROW(i.a, i.b, i.x)::text FROM ONLY public.tp i) d; forced None; otherwise rows of public.tp were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_128991_again_2; if none None
-- table public.tp
--   expected: 28 rows, otherwise rows that the migration left in table public.tp were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.tp d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.a, t.x, t.b)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.a, t.x, t.b)::text) AS n FROM ONLY public.tp t) c, (SELECT ROW(i.a, i.x, i.b)::text AS text, i.backout_count FROM backout_archive_1.rows_128991_2_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.tp
--   expected: 33 rows, otherwise rows that the migration took out of table public.tp did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.tp (a, x, b) OVERRIDING SYSTEM VALUE SELECT m.a, m.x, m.b FROM (SELECT i.* FROM backout_archive_1.rows_128991_2_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- column public.tp.w
UPDATE ONLY public.tp u SET w = w.w FROM (SELECT i.ctid AS backout_at, ROW(i.a, i.x, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.x, i.b)::text) AS backout_place FROM ONLY public.tp i) t LEFT JOIN (SELECT i.*, ROW(i.a, i.x, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.x, i.b)::text) AS backout_place FROM backout_archive_1.rows_128991_again_1 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.w, i.x)::text FROM backout_archive_1.rows_128991_again_1 i EXCEPT ALL SELECT ROW(i.a, i.b, i.w, i.x)::text FROM ONLY public.tp i) d; forced None; otherwise rows of public.tp were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_128991_again_1; if none None
-- table public.tp
--   expected: 18 rows, otherwise rows that the migration left in table public.tp were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.tp d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.w, t.a, t.x, t.b)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.w, t.a, t.x, t.b)::text) AS n FROM ONLY public.tp t) c, (SELECT ROW(i.w, i.a, i.x, i.b)::text AS text, i.backout_count FROM backout_archive_1.rows_128991_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.tp
--   expected: 18 rows, otherwise rows that the migration took out of table public.tp did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.tp (w, a, x, b) OVERRIDING SYSTEM VALUE SELECT m.w, m.a, m.x, m.b FROM (SELECT i.* FROM backout_archive_1.rows_128991_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- column public.tp.id
UPDATE ONLY public.tp u SET id = w.id FROM (SELECT i.ctid AS backout_at, ROW(i.w, i.a, i.x, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.w, i.a, i.x, i.b)::text) AS backout_place FROM ONLY public.tp i) t LEFT JOIN (SELECT i.*, ROW(i.w, i.a, i.x, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.w, i.a, i.x, i.b)::text) AS backout_place FROM backout_archive_1.rows_128991 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.id, i.w, i.x)::text FROM backout_archive_1.rows_128991 i EXCEPT ALL SELECT ROW(i.a, i.b, i.id, i.w, i.x)::text FROM ONLY public.tp i) d; forced None; otherwise rows of public.tp were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_128991; if none None
-- column public.tp.id
UPDATE public.tp SET id = nextval('public.tp_id_seq'::regclass) WHERE id IS NULL;
-- column public.tp.id
ALTER TABLE public.tp ALTER COLUMN id SET NOT NULL;
-- default public.tp.id
ALTER TABLE ONLY public.tp ALTER COLUMN id SET DEFAULT nextval('public.tp_id_seq'::regclass);
-- constraint tp_id_key on public.tp
--   may clash: Values, at once None
ALTER TABLE public.tp ADD CONSTRAINT tp_id_key UNIQUE (id);
-- sequence public.tp_id_seq
ALTER SEQUENCE public.tp_id_seq OWNED BY public.tp.id;

-- tail:
-- table public.tp: analyze
ANALYZE public.tp;

-- rebuilt:
--   public.tp

-- remade:
--   #pg_class:16411:0 table public.tp

-- parts:
--   column public.tp.a
--   column public.tp.b
--   column public.tp.id
--   column public.tp.w
--   column public.tp.x
--   constraint tp_id_key on public.tp
--   default public.tp.id
--   index public.tp_id_key
--   table public.tp

-- renumbered:
--   (#pg_class:16410:0, "sequence public.tp_id_seq")
--   (#pg_class:16411:0, "table public.tp")
--   (#pg_class:16411:1, "column public.tp.id")
--   (#pg_class:16411:2, "column public.tp.w")
--   (#pg_class:16411:3, "column public.tp.a")
--   (#pg_class:16411:4, "column public.tp.x")
--   (#pg_class:16411:5, "column public.tp.b")
--   (#pg_class:16413:0, "index public.tp_id_key")
--   (#pg_attrdef:16412:0, "default public.tp.id")
--   (#pg_constraint:16414:0, "constraint tp_id_key on public.tp")
