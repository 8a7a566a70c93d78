-- locks:
--   public.ic, ACCESS EXCLUSIVE
--   public.ir, ACCESS EXCLUSIVE
--   public.mc, SHARE ROW EXCLUSIVE
--   public.mr, SHARE ROW EXCLUSIVE
--   public.passed, ACCESS EXCLUSIVE
--   public.pc, ACCESS EXCLUSIVE
--   public.pr, ACCESS EXCLUSIVE
--   public.taken, ACCESS EXCLUSIVE

-- before the locks:
-- table public.mc
CREATE TABLE backout_archive_1.rows_16498_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.sku FROM (SELECT i.*, ROW(i.id, i.sku)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_16498_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.sku)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.taken
CREATE TABLE backout_archive_1.rows_16480_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.name FROM (SELECT i.*, ROW(i.id, i.name)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_16480_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.name)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.passed
CREATE TABLE backout_archive_1.rows_16471_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.name FROM (SELECT i.*, ROW(i.id, i.name)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_16471_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.name)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.pr
CREATE TABLE backout_archive_1.rows_16430_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.sku FROM (SELECT i.*, ROW(i.id, i.sku)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_16430_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.sku)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- foreign key ic_sku_fkey on public.ic
ALTER TABLE public.ic DROP CONSTRAINT IF EXISTS ic_sku_fkey CASCADE;
-- foreign key pc_sku_fkey on public.pc
ALTER TABLE public.pc DROP CONSTRAINT IF EXISTS pc_sku_fkey CASCADE;
-- index public.ir_sku
DROP INDEX IF EXISTS public.ir_sku CASCADE;
-- constraint taken_name_key on public.taken
ALTER TABLE public.taken DROP CONSTRAINT IF EXISTS taken_name_key CASCADE;
-- constraint passed_name_key on public.passed
ALTER TABLE public.passed DROP CONSTRAINT IF EXISTS passed_name_key CASCADE;
-- constraint pr_sku_key on public.pr
ALTER TABLE public.pr DROP CONSTRAINT IF EXISTS pr_sku_key CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.mr
--   expected: 1 rows, otherwise rows of table public.mr were changed again or deleted since, or others have their former unique values by now, or what they referred to has gone; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.mr t SET sku = m.sku FROM backout_archive_1.rows_16489_1 m JOIN backout_archive_1.rows_16489_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.sku::text IS NOT DISTINCT FROM p.sku::text OR t.sku::text IS NOT DISTINCT FROM m.sku::text) AND NOT EXISTS (SELECT FROM ONLY public.mr o WHERE o.sku = m.sku AND NOT (o.id = m.id));
-- table public.mr
--   only after a shortfall
UPDATE ONLY public.mr t SET sku = CASE WHEN t.sku::text IS NOT DISTINCT FROM p.sku::text AND NOT EXISTS (SELECT FROM ONLY public.mr o WHERE o.sku = m.sku AND NOT (o.id = m.id)) THEN m.sku ELSE t.sku END FROM backout_archive_1.rows_16489_1 m JOIN backout_archive_1.rows_16489_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.sku::text IS NOT DISTINCT FROM p.sku::text AND m.sku::text IS DISTINCT FROM p.sku::text AND NOT EXISTS (SELECT FROM ONLY public.mr o WHERE o.sku = m.sku AND NOT (o.id = m.id))));
-- table public.taken
--   expected: 1 rows, otherwise rows of table public.taken were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.taken t SET name = m.name FROM backout_archive_1.rows_16480_1_sum m JOIN backout_archive_1.rows_16480_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.name::text IS NOT DISTINCT FROM p.name::text OR t.name::text IS NOT DISTINCT FROM m.name::text);
-- table public.taken
--   only after a shortfall
UPDATE ONLY public.taken t SET name = CASE WHEN t.name::text IS NOT DISTINCT FROM p.name::text THEN m.name ELSE t.name END FROM backout_archive_1.rows_16480_1_sum m JOIN backout_archive_1.rows_16480_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.name::text IS NOT DISTINCT FROM p.name::text AND m.name::text IS DISTINCT FROM p.name::text));
-- table public.passed
--   expected: 1 rows, otherwise rows that the migration took out of table public.passed did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.passed (id, name) OVERRIDING SYSTEM VALUE SELECT m.id, m.name FROM (SELECT i.* FROM backout_archive_1.rows_16471_1_sum i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_16471_1_sum o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.passed t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.passed
--   expected: 1 rows, otherwise rows of table public.passed were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.passed t SET name = m.name FROM backout_archive_1.rows_16471_1_sum m JOIN backout_archive_1.rows_16471_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.name::text IS NOT DISTINCT FROM p.name::text OR t.name::text IS NOT DISTINCT FROM m.name::text);
-- table public.passed
--   only after a shortfall
UPDATE ONLY public.passed t SET name = CASE WHEN t.name::text IS NOT DISTINCT FROM p.name::text THEN m.name ELSE t.name END FROM backout_archive_1.rows_16471_1_sum m JOIN backout_archive_1.rows_16471_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.name::text IS NOT DISTINCT FROM p.name::text AND m.name::text IS DISTINCT FROM p.name::text));
-- table public.ir
--   expected: 2 rows, otherwise rows of table public.ir were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.ir t SET sku = m.sku FROM backout_archive_1.rows_16451_1 m JOIN backout_archive_1.rows_16451_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.sku::text IS NOT DISTINCT FROM p.sku::text OR t.sku::text IS NOT DISTINCT FROM m.sku::text);
-- table public.ir
--   only after a shortfall
UPDATE ONLY public.ir t SET sku = CASE WHEN t.sku::text IS NOT DISTINCT FROM p.sku::text THEN m.sku ELSE t.sku END FROM backout_archive_1.rows_16451_1 m JOIN backout_archive_1.rows_16451_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.sku::text IS NOT DISTINCT FROM p.sku::text AND m.sku::text IS DISTINCT FROM p.sku::text));
-- table public.pr
--   expected: 2 rows, otherwise rows of table public.pr were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.pr t SET sku = m.sku FROM backout_archive_1.rows_16430_1_sum m JOIN backout_archive_1.rows_16430_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.sku::text IS NOT DISTINCT FROM p.sku::text OR t.sku::text IS NOT DISTINCT FROM m.sku::text);
-- table public.pr
--   only after a shortfall
UPDATE ONLY public.pr t SET sku = CASE WHEN t.sku::text IS NOT DISTINCT FROM p.sku::text THEN m.sku ELSE t.sku END FROM backout_archive_1.rows_16430_1_sum m JOIN backout_archive_1.rows_16430_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.sku::text IS NOT DISTINCT FROM p.sku::text AND m.sku::text IS DISTINCT FROM p.sku::text));
-- table public.mc
--   expected: 1 rows, otherwise rows that the migration took out of table public.mc did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.mc (id, sku) OVERRIDING SYSTEM VALUE SELECT m.id, m.sku FROM (SELECT i.* FROM backout_archive_1.rows_16498_1_sum i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_16498_1_sum o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.mc t WHERE t.id = m.id) AND (m.sku IS NULL OR EXISTS (SELECT FROM public.mr f WHERE f.sku = m.sku)) ON CONFLICT DO NOTHING;
-- table public.mc
--   expected: 1 rows, otherwise rows of table public.mc were changed again or deleted since, or others have their former unique values by now, or what they referred to has gone; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.mc t SET sku = m.sku FROM backout_archive_1.rows_16498_1_sum m JOIN backout_archive_1.rows_16498_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.sku::text IS NOT DISTINCT FROM p.sku::text OR t.sku::text IS NOT DISTINCT FROM m.sku::text) AND ((m.sku) IS NULL OR EXISTS (SELECT FROM public.mr f WHERE f.sku = m.sku));
-- table public.mc
--   only after a shortfall
UPDATE ONLY public.mc t SET sku = CASE WHEN t.sku::text IS NOT DISTINCT FROM p.sku::text AND ((m.sku) IS NULL OR EXISTS (SELECT FROM public.mr f WHERE f.sku = m.sku)) THEN m.sku ELSE t.sku END FROM backout_archive_1.rows_16498_1_sum m JOIN backout_archive_1.rows_16498_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.sku::text IS NOT DISTINCT FROM p.sku::text AND m.sku::text IS DISTINCT FROM p.sku::text AND ((m.sku) IS NULL OR EXISTS (SELECT FROM public.mr f WHERE f.sku = m.sku))));
-- table public.pc
--   expected: 2 rows, otherwise rows of table public.pc were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.pc t SET sku = m.sku FROM backout_archive_1.rows_16439_1 m JOIN backout_archive_1.rows_16439_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.sku::text IS NOT DISTINCT FROM p.sku::text OR t.sku::text IS NOT DISTINCT FROM m.sku::text);
-- table public.pc
--   only after a shortfall
UPDATE ONLY public.pc t SET sku = CASE WHEN t.sku::text IS NOT DISTINCT FROM p.sku::text THEN m.sku ELSE t.sku END FROM backout_archive_1.rows_16439_1 m JOIN backout_archive_1.rows_16439_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.sku::text IS NOT DISTINCT FROM p.sku::text AND m.sku::text IS DISTINCT FROM p.sku::text));
-- table public.taken
--   expected: 1 rows, otherwise rows that the migration put into table public.taken stay: they were changed since, or others refer to them
DELETE FROM ONLY public.taken t USING (SELECT i.* FROM backout_archive_1.rows_16480_1_sum i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_16480_1_sum o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.name)::text = ROW(p.id, p.name)::text;
-- constraint pr_sku_key on public.pr
--   may clash: Values, at once None
ALTER TABLE public.pr ADD CONSTRAINT pr_sku_key UNIQUE (sku);
-- constraint passed_name_key on public.passed
--   may clash: Values, at once None
ALTER TABLE public.passed ADD CONSTRAINT passed_name_key UNIQUE (name);
-- constraint taken_name_key on public.taken
--   may clash: Values, at once None
ALTER TABLE public.taken ADD CONSTRAINT taken_name_key UNIQUE (name);
-- index public.ir_sku
--   may clash: Values, at once None
CREATE UNIQUE INDEX ir_sku ON public.ir USING btree (sku);
-- foreign key pc_sku_fkey on public.pc
--   may clash: ForeignKey, at once Some("ALTER TABLE public.pc ADD CONSTRAINT pc_sku_fkey FOREIGN KEY (sku) REFERENCES public.pr(sku) ON UPDATE CASCADE")
ALTER TABLE public.pc ADD CONSTRAINT pc_sku_fkey FOREIGN KEY (sku) REFERENCES public.pr(sku) ON UPDATE CASCADE NOT VALID;
-- foreign key ic_sku_fkey on public.ic
--   may clash: ForeignKey, at once Some("ALTER TABLE public.ic ADD CONSTRAINT ic_sku_fkey FOREIGN KEY (sku) REFERENCES public.ir(sku)")
ALTER TABLE public.ic ADD CONSTRAINT ic_sku_fkey FOREIGN KEY (sku) REFERENCES public.ir(sku) NOT VALID;

-- tail:
-- foreign key pc_sku_fkey on public.pc: validate, public.pc
ALTER TABLE public.pc VALIDATE CONSTRAINT pc_sku_fkey;
-- foreign key ic_sku_fkey on public.ic: validate, public.ic
ALTER TABLE public.ic VALIDATE CONSTRAINT ic_sku_fkey;

-- remade:
--   #pg_class:16413:0 index public.pr_sku_key
--   #pg_class:16422:0 index public.ir_sku
--   #pg_class:16430:0 index public.passed_name_key
--   #pg_class:16435:0 index public.taken_name_key
--   #pg_constraint:16414:0 constraint pr_sku_key on public.pr
--   #pg_constraint:16418:0 foreign key pc_sku_fkey on public.pc
--   #pg_constraint:16426:0 foreign key ic_sku_fkey on public.ic
--   #pg_constraint:16431:0 constraint passed_name_key on public.passed
--   #pg_constraint:16436:0 constraint taken_name_key on public.taken

-- parts:
--   column public.ic.id
--   column public.ic.sku
--   column public.ir.id
--   column public.ir.sku
--   column public.passed.id
--   column public.passed.name
--   column public.pc.id
--   column public.pc.sku
--   column public.pr.id
--   column public.pr.sku
--   column public.taken.id
--   column public.taken.name
--   constraint ic_pkey on public.ic
--   constraint ir_pkey on public.ir
--   constraint passed_name_key on public.passed
--   constraint passed_pkey on public.passed
--   constraint pc_pkey on public.pc
--   constraint pr_pkey on public.pr
--   constraint pr_sku_key on public.pr
--   constraint taken_name_key on public.taken
--   constraint taken_pkey on public.taken
--   foreign key ic_sku_fkey on public.ic
--   foreign key pc_sku_fkey on public.pc
--   index public.ic_pkey
--   index public.ir_pkey
--   index public.ir_sku
--   index public.passed_name_key
--   index public.passed_pkey
--   index public.pc_pkey
--   index public.pr_pkey
--   index public.pr_sku_key
--   index public.taken_name_key
--   index public.taken_pkey
--   table public.ic
--   table public.ir
--   table public.passed
--   table public.pc
--   table public.pr
--   table public.taken

-- renumbered:
--   (#pg_class:16413:0, "index public.pr_sku_key")
--   (#pg_class:16422:0, "index public.ir_sku")
--   (#pg_class:16430:0, "index public.passed_name_key")
--   (#pg_class:16435:0, "index public.taken_name_key")
--   (#pg_constraint:16414:0, "constraint pr_sku_key on public.pr")
--   (#pg_constraint:16418:0, "foreign key pc_sku_fkey on public.pc")
--   (#pg_constraint:16426:0, "foreign key ic_sku_fkey on public.ic")
--   (#pg_constraint:16431:0, "constraint passed_name_key on public.passed")
--   (#pg_constraint:16436:0, "constraint taken_name_key on public.taken")
