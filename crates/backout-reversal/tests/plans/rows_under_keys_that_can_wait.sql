-- locks:
--   public.td, ACCESS EXCLUSIVE
--   public.tp, ACCESS EXCLUSIVE

-- before the locks:
-- table public.tp
CREATE TABLE backout_archive_1.rows_16438_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.pos FROM (SELECT i.*, ROW(i.id, i.pos)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_16438_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.pos)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- constraint tp_pkey on public.tp
ALTER TABLE public.tp DROP CONSTRAINT IF EXISTS tp_pkey CASCADE;
-- constraint td_pos_key on public.td
ALTER TABLE public.td DROP CONSTRAINT IF EXISTS td_pos_key CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.tp
--   expected: 2 rows, otherwise rows that the migration left in table public.tp were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.tp d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.id, t.pos)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.id, t.pos)::text) AS n FROM ONLY public.tp t) c, (SELECT ROW(i.id, i.pos)::text AS text, i.backout_count FROM backout_archive_1.rows_16438_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.tp
--   expected: 2 rows, otherwise rows that the migration took out of table public.tp did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.tp (id, pos) OVERRIDING SYSTEM VALUE SELECT m.id, m.pos FROM (SELECT i.* FROM backout_archive_1.rows_16438_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.td
--   expected: 1 rows, otherwise rows that the migration took out of table public.td did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.td (id, pos) OVERRIDING SYSTEM VALUE SELECT m.id, m.pos FROM (SELECT i.* FROM backout_archive_1.rows_16430_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_16430_1 o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.td t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- constraint td_pos_key on public.td
--   may clash: Values, at once None
ALTER TABLE public.td ADD CONSTRAINT td_pos_key UNIQUE (pos) DEFERRABLE INITIALLY DEFERRED;
-- constraint tp_pkey on public.tp
--   may clash: Values, at once None
ALTER TABLE public.tp ADD CONSTRAINT tp_pkey PRIMARY KEY (id) DEFERRABLE;

-- remade:
--   #pg_class:16413:0 index public.td_pos_key
--   #pg_class:16416:0 index public.tp_pkey
--   #pg_constraint:16414:0 constraint td_pos_key on public.td
--   #pg_constraint:16417:0 constraint tp_pkey on public.tp

-- parts:
--   column public.td.id
--   column public.td.pos
--   column public.tp.id
--   column public.tp.pos
--   constraint td_pkey on public.td
--   constraint td_pos_key on public.td
--   constraint tp_pkey on public.tp
--   index public.td_pkey
--   index public.td_pos_key
--   index public.tp_pkey
--   table public.td
--   table public.tp

-- renumbered:
--   (#pg_class:16413:0, "index public.td_pos_key")
--   (#pg_class:16416:0, "index public.tp_pkey")
--   (#pg_constraint:16414:0, "constraint td_pos_key on public.td")
--   (#pg_constraint:16417:0, "constraint tp_pkey on public.tp")
