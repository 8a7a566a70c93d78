-- locks:
--   public.pe, ACCESS EXCLUSIVE
--   public.pf, ACCESS EXCLUSIVE
--   public.pg, ACCESS EXCLUSIVE

-- before the locks:
-- table public.pf
CREATE TABLE backout_archive_1.rows_151685_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.pe, s.w FROM (SELECT i.*, ROW(i.pe, i.w)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_151685_1 i WINDOW w AS (PARTITION BY ROW(i.pe, i.w)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.pe
CREATE TABLE backout_archive_1.rows_151678_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.k, s.s FROM (SELECT i.*, ROW(i.k, i.s)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_151678_1 i WINDOW w AS (PARTITION BY ROW(i.k, i.s)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- foreign key pg_pe_fkey on public.pg
ALTER TABLE public.pg DROP CONSTRAINT IF EXISTS pg_pe_fkey CASCADE;
-- foreign key pf_pe_fkey on public.pf
ALTER TABLE public.pf DROP CONSTRAINT IF EXISTS pf_pe_fkey CASCADE;
-- constraint pg_pkey on public.pg
ALTER TABLE public.pg DROP CONSTRAINT IF EXISTS pg_pkey CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.pe
--   expected: 4 rows, otherwise rows that the migration took out of table public.pe did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.pe (k, s) OVERRIDING SYSTEM VALUE SELECT m.k, m.s FROM (SELECT i.* FROM backout_archive_1.rows_151678_1_sum i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_151678_1_sum o WHERE o.backout_new AND o.k = i.k)) m WHERE NOT EXISTS (SELECT FROM ONLY public.pe t WHERE t.k = m.k) ON CONFLICT DO NOTHING;
-- table public.pg
--   expected: 4 rows, otherwise rows that the migration took out of table public.pg did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.pg (id, pe) OVERRIDING SYSTEM VALUE SELECT m.id, m.pe FROM (SELECT i.* FROM backout_archive_1.rows_151698_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_151698_1 o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.pg t WHERE t.id = m.id) AND (m.pe IS NULL OR EXISTS (SELECT FROM public.pe f WHERE f.k = m.pe)) ON CONFLICT DO NOTHING;
-- table public.pf
--   expected: 4 rows, otherwise rows that the migration left in table public.pf were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.pf d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.pe, t.w)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.pe, t.w)::text) AS n FROM ONLY public.pf t) c, (SELECT ROW(i.pe, i.w)::text AS text, i.backout_count FROM backout_archive_1.rows_151685_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.pf
--   expected: 4 rows, otherwise rows that the migration took out of table public.pf did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.pf (pe, w) OVERRIDING SYSTEM VALUE SELECT m.pe, m.w FROM (SELECT i.* FROM backout_archive_1.rows_151685_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m WHERE (m.pe IS NULL OR EXISTS (SELECT FROM public.pe f WHERE f.k = m.pe)) ON CONFLICT DO NOTHING;
-- table public.pf
ALTER TABLE public.pf RENAME TO backout_rebuilt_16413;
-- table public.pf
CREATE TABLE public.pf (id uuid, pe integer, w text);
-- table public.pf
INSERT INTO public.pf (id, pe, w) OVERRIDING SYSTEM VALUE SELECT coalesce(w.id, (gen_random_uuid())::uuid), t.pe, t.w FROM (SELECT i.*, ROW(i.pe, i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.pe, i.w)::text) AS backout_place FROM ONLY public.backout_rebuilt_16413 i) t LEFT JOIN (SELECT i.*, ROW(i.pe, i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.pe, i.w)::text) AS backout_place FROM backout_archive_1.rows_151685 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.pf.id
ALTER TABLE public.pf ALTER COLUMN id SET NOT NULL;
-- table public.pf
DROP TABLE public.backout_rebuilt_16413;
-- table public.pg
ALTER TABLE public.pg RENAME TO backout_rebuilt_16418;
-- table public.pg
CREATE TABLE public.pg (id integer NOT NULL, pf uuid, pe integer);
-- table public.pg
INSERT INTO public.pg (id, pf, pe) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.pe FROM ONLY public.backout_rebuilt_16418 t LEFT JOIN backout_archive_1.column_151698_2 c2 ON c2.id = t.id;
-- table public.pg
DROP TABLE public.backout_rebuilt_16418;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 4, 0) FROM (SELECT ROW(i.id, i.pe, i.w)::text FROM backout_archive_1.rows_151685 i EXCEPT ALL SELECT ROW(i.id, i.pe, i.w)::text FROM ONLY public.pf i) d; forced None; otherwise rows of public.pf were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_151685; if none None
-- default public.pf.id
ALTER TABLE ONLY public.pf ALTER COLUMN id SET DEFAULT gen_random_uuid();
-- constraint pf_pkey on public.pf
--   may clash: Values, at once None
ALTER TABLE public.pf ADD CONSTRAINT pf_pkey PRIMARY KEY (id);
-- constraint pg_pkey on public.pg
--   may clash: Values, at once None
ALTER TABLE public.pg ADD CONSTRAINT pg_pkey PRIMARY KEY (id);
-- foreign key pf_pe_fkey on public.pf
ALTER TABLE public.pf ADD CONSTRAINT pf_pe_fkey FOREIGN KEY (pe) REFERENCES public.pe(k) ON DELETE SET NULL NOT VALID;
-- foreign key pg_pe_fkey on public.pg
ALTER TABLE public.pg ADD CONSTRAINT pg_pe_fkey FOREIGN KEY (pe) REFERENCES public.pe(k) ON DELETE CASCADE NOT VALID;

-- tail:
-- table public.pf: analyze
ANALYZE public.pf;
-- table public.pg: analyze
ANALYZE public.pg;
-- foreign key pf_pe_fkey on public.pf: validate, public.pf
ALTER TABLE public.pf VALIDATE CONSTRAINT pf_pe_fkey;
-- foreign key pg_pe_fkey on public.pg: validate, public.pg
ALTER TABLE public.pg VALIDATE CONSTRAINT pg_pe_fkey;

-- rebuilt:
--   public.pf
--   public.pg

-- remade:
--   #pg_class:16413:0 table public.pf
--   #pg_class:16418:0 table public.pg
--   #pg_class:16419:0 index public.pg_pkey
--   #pg_constraint:16417:0 foreign key pf_pe_fkey on public.pf
--   #pg_constraint:16420:0 constraint pg_pkey on public.pg
--   #pg_constraint:16421:0 foreign key pg_pe_fkey on public.pg

-- parts:
--   column public.pf.id
--   column public.pf.pe
--   column public.pf.w
--   column public.pg.id
--   column public.pg.pe
--   column public.pg.pf
--   constraint pf_pkey on public.pf
--   constraint pg_pkey on public.pg
--   default public.pf.id
--   foreign key pf_pe_fkey on public.pf
--   foreign key pg_pe_fkey on public.pg
--   index public.pf_pkey
--   index public.pg_pkey
--   table public.pf
--   table public.pg

-- renumbered:
--   (#pg_class:16413:0, "table public.pf")
--   (#pg_class:16413:1, "column public.pf.id")
--   (#pg_class:16413:2, "column public.pf.pe")
--   (#pg_class:16413:3, "column public.pf.w")
--   (#pg_class:16415:0, "index public.pf_pkey")
--   (#pg_class:16418:0, "table public.pg")
--   (#pg_class:16418:1, "column public.pg.id")
--   (#pg_class:16418:2, "column public.pg.pf")
--   (#pg_class:16418:3, "column public.pg.pe")
--   (#pg_class:16419:0, "index public.pg_pkey")
--   (#pg_attrdef:16414:0, "default public.pf.id")
--   (#pg_constraint:16416:0, "constraint pf_pkey on public.pf")
--   (#pg_constraint:16417:0, "foreign key pf_pe_fkey on public.pf")
--   (#pg_constraint:16420:0, "constraint pg_pkey on public.pg")
--   (#pg_constraint:16421:0, "foreign key pg_pe_fkey on public.pg")
