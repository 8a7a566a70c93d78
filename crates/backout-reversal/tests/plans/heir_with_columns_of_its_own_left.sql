-- locks:
--   public.hc, ACCESS EXCLUSIVE
--   public.hd, SHARE ROW EXCLUSIVE
--   public.hp, ACCESS EXCLUSIVE

-- before the locks:
-- table public.hd
CREATE TABLE backout_archive_1.rows_168288_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.doc, s.o, s.more, s.d FROM (SELECT i.*, ROW(i.id, i.doc, i.o, i.more, i.d)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_168288_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.doc, i.o, i.more, i.d)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.hc
CREATE TABLE backout_archive_1.rows_168274_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.doc, s.o, s.more FROM (SELECT i.*, ROW(i.id, i.doc, i.o, i.more)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_168274_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.doc, i.o, i.more)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- constraint hp_id_check on public.hc
ALTER TABLE public.hc DROP CONSTRAINT IF EXISTS hp_id_check CASCADE;
-- constraint hp_pkey on public.hp
ALTER TABLE public.hp DROP CONSTRAINT IF EXISTS hp_pkey CASCADE;
-- constraint hp_id_check on public.hp
ALTER TABLE public.hp DROP CONSTRAINT IF EXISTS hp_id_check CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.hp
--   expected: 1 rows, otherwise rows of table public.hp were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.hp t SET o = m.o FROM backout_archive_1.rows_168265_1 m JOIN backout_archive_1.rows_168265_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.o::text IS NOT DISTINCT FROM p.o::text OR t.o::text IS NOT DISTINCT FROM m.o::text);
-- table public.hp
--   only after a shortfall
UPDATE ONLY public.hp t SET o = CASE WHEN t.o::text IS NOT DISTINCT FROM p.o::text THEN m.o ELSE t.o END FROM backout_archive_1.rows_168265_1 m JOIN backout_archive_1.rows_168265_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.o::text IS NOT DISTINCT FROM p.o::text AND m.o::text IS DISTINCT FROM p.o::text));
-- table public.hp
ALTER TABLE public.hp RENAME TO backout_rebuilt_16410;
-- table public.hp
CREATE TABLE public.hp (id integer NOT NULL, doc text, o text);
-- table public.hp
INSERT INTO public.hp (id, doc, o) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.o FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_168265_2 c2 ON c2.id = t.id;
-- column public.hp.doc
--   if all rows of public.hp have a value of doc
ALTER TABLE public.hp ALTER COLUMN doc SET NOT NULL;
-- table public.hp
DROP TABLE public.backout_rebuilt_16410;
-- table public.hc
ALTER TABLE public.hc INHERIT public.hp;
-- table public.hd
--   expected: 1 rows, otherwise rows that the migration left in table public.hd were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.hd d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.id, t.doc, t.o, t.more, t.d)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.id, t.doc, t.o, t.more, t.d)::text) AS n FROM ONLY public.hd t) c, (SELECT ROW(i.id, i.doc, i.o, i.more, i.d)::text AS text, i.backout_count FROM backout_archive_1.rows_168288_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.hd
--   expected: 1 rows, otherwise rows that the migration took out of table public.hd did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.hd (id, doc, o, more, d) OVERRIDING SYSTEM VALUE SELECT m.id, m.doc, m.o, m.more, m.d FROM (SELECT i.* FROM backout_archive_1.rows_168288_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.hc
--   expected: 1 rows, otherwise rows that the migration left in table public.hc were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.hc d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.id, t.doc, t.o, t.more)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.id, t.doc, t.o, t.more)::text) AS n FROM ONLY public.hc t) c, (SELECT ROW(i.id, i.doc, i.o, i.more)::text AS text, i.backout_count FROM backout_archive_1.rows_168274_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.hc
--   expected: 1 rows, otherwise rows that the migration took out of table public.hc did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.hc (id, doc, o, more) OVERRIDING SYSTEM VALUE SELECT m.id, m.doc, m.o, m.more FROM (SELECT i.* FROM backout_archive_1.rows_168274_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- default public.hp.o
ALTER TABLE ONLY public.hp ALTER COLUMN o SET DEFAULT 'me'::text;
-- constraint hp_id_check on public.hp
ALTER TABLE public.hp ADD CONSTRAINT hp_id_check CHECK ((id > 0)) NOT VALID;
-- constraint hp_pkey on public.hp
--   may clash: Values, at once None
ALTER TABLE public.hp ADD CONSTRAINT hp_pkey PRIMARY KEY (id);

-- tail:
-- table public.hp: analyze
ANALYZE public.hp;
-- constraint hp_id_check on public.hp: validate, public.hp
ALTER TABLE public.hp VALIDATE CONSTRAINT hp_id_check;

-- rebuilt:
--   public.hp

-- remade:
--   #pg_class:16410:0 table public.hp
--   #pg_class:16413:0 index public.hp_pkey
--   #pg_attrdef:16411:0 default public.hp.o
--   #pg_constraint:16412:0 constraint hp_id_check on public.hp
--   #pg_constraint:16414:0 constraint hp_pkey on public.hp
--   #pg_constraint:16417:0 constraint hp_id_check on public.hc

-- parts:
--   column public.hc.doc
--   column public.hc.id
--   column public.hc.more
--   column public.hc.o
--   column public.hp.doc
--   column public.hp.id
--   column public.hp.o
--   constraint hc_id_check on public.hc
--   constraint hp_id_check on public.hc
--   constraint hp_id_check on public.hp
--   constraint hp_pkey on public.hp
--   default public.hc.o
--   default public.hp.o
--   index public.hp_pkey
--   table public.hc
--   table public.hp

-- renumbered:
--   (#pg_class:16410:0, "table public.hp")
--   (#pg_class:16410:1, "column public.hp.id")
--   (#pg_class:16410:2, "column public.hp.doc")
--   (#pg_class:16410:3, "column public.hp.o")
--   (#pg_class:16413:0, "index public.hp_pkey")
--   (#pg_class:16415:0, "table public.hc")
--   (#pg_class:16415:1, "column public.hc.id")
--   (#pg_class:16415:2, "column public.hc.doc")
--   (#pg_class:16415:3, "column public.hc.o")
--   (#pg_attrdef:16411:0, "default public.hp.o")
--   (#pg_constraint:16412:0, "constraint hp_id_check on public.hp")
--   (#pg_constraint:16414:0, "constraint hp_pkey on public.hp")
--   (#pg_constraint:16417:0, "constraint hp_id_check on public.hc")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.hp t WHERE NOT EXISTS (SELECT FROM backout_archive_1.column_168265_2 c WHERE c.id::text = t.id::text) AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, o FROM backout_archive_1.rows_168265_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.o::text IS NOT DISTINCT FROM t.o::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, o FROM backout_archive_1.rows_168265_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text)))", keys: Some("SELECT ROW(t.id)::text FROM public.hp t WHERE NOT EXISTS (SELECT FROM backout_archive_1.column_168265_2 c WHERE c.id::text = t.id::text) AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, o FROM backout_archive_1.rows_168265_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.o::text IS NOT DISTINCT FROM t.o::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, o FROM backout_archive_1.rows_168265_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text))) LIMIT 5"), object: "column public.hp.doc", otherwise: "rows written since have no value for it: it stays nullable" }

-- needs values:
--   NeedsValues { table: "public.hp", column: "doc", heirs: ["public.hp", "public.hc", "public.hd"], forced: false }
