-- locks:
--   public.nf, ACCESS EXCLUSIVE
--   public.nv, ACCESS EXCLUSIVE

-- before the locks:
-- table public.nv
CREATE TABLE backout_archive_1.rows_129955_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.n, s.t FROM (SELECT i.*, ROW(i.id, i.n, i.t)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_129955_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.n, i.t)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- foreign key nf_r_fkey on public.nf
ALTER TABLE public.nf DROP CONSTRAINT IF EXISTS nf_r_fkey CASCADE;
-- constraint doubted on public.nv
ALTER TABLE public.nv DROP CONSTRAINT IF EXISTS doubted CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.nv
--   expected: 2 rows, otherwise rows that the migration took out of table public.nv did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.nv (id, n, t) OVERRIDING SYSTEM VALUE SELECT m.id, m.n, m.t FROM (SELECT i.* FROM backout_archive_1.rows_129955_1_sum i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_129955_1_sum o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.nv t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- column public.nv.u
ALTER TABLE public.nv ADD COLUMN u text;
-- column public.nv.u
UPDATE ONLY public.nv t SET u = c.backout_value FROM backout_archive_1.column_129955_4 c WHERE t.id = c.id;
-- table public.nf
--   expected: 2 rows, otherwise rows that the migration took out of table public.nf did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.nf (id, r) OVERRIDING SYSTEM VALUE SELECT m.id, m.r FROM (SELECT i.* FROM backout_archive_1.rows_129965_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_129965_1 o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.nf t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- constraint doubted on public.nv
ALTER TABLE public.nv ADD CONSTRAINT doubted CHECK ((n > 3)) NOT VALID;
-- foreign key nf_r_fkey on public.nf
ALTER TABLE public.nf ADD CONSTRAINT nf_r_fkey FOREIGN KEY (r) REFERENCES public.nv(id) NOT VALID;

-- remade:
--   #pg_constraint:16413:0 constraint doubted on public.nv
--   #pg_constraint:16418:0 foreign key nf_r_fkey on public.nf

-- parts:
--   column public.nf.id
--   column public.nf.r
--   column public.nv.id
--   column public.nv.n
--   column public.nv.t
--   column public.nv.u
--   constraint certain on public.nv
--   constraint doubted on public.nv
--   constraint nf_pkey on public.nf
--   constraint nv_pkey on public.nv
--   foreign key nf_r_fkey on public.nf
--   index public.nf_pkey
--   index public.nv_pkey
--   table public.nf
--   table public.nv

-- renumbered:
--   (#pg_class:16410:4, "column public.nv.u")
--   (#pg_constraint:16413:0, "constraint doubted on public.nv")
--   (#pg_constraint:16418:0, "foreign key nf_r_fkey on public.nf")
