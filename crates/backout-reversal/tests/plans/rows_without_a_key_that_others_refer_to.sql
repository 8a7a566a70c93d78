-- locks:
--   public.cascades, ACCESS EXCLUSIVE
--   public.nulls, ACCESS EXCLUSIVE
--   public.of_cascades, ACCESS EXCLUSIVE
--   public.of_nulls, ACCESS EXCLUSIVE
--   public.of_refuses, ACCESS EXCLUSIVE
--   public.refuses, ACCESS EXCLUSIVE

-- before the locks:
-- table public.refuses
CREATE TABLE backout_archive_1.rows_16468_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.code, s.title FROM (SELECT i.*, ROW(i.code, i.title)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_16468_1 i WINDOW w AS (PARTITION BY ROW(i.code, i.title)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.nulls
CREATE TABLE backout_archive_1.rows_16449_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.code, s.title FROM (SELECT i.*, ROW(i.code, i.title)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_16449_1 i WINDOW w AS (PARTITION BY ROW(i.code, i.title)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.cascades
CREATE TABLE backout_archive_1.rows_16430_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.code, s.title FROM (SELECT i.*, ROW(i.code, i.title)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_16430_1 i WINDOW w AS (PARTITION BY ROW(i.code, i.title)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- foreign key of_refuses_code_fkey on public.of_refuses
ALTER TABLE public.of_refuses DROP CONSTRAINT IF EXISTS of_refuses_code_fkey CASCADE;
-- foreign key of_nulls_code_fkey on public.of_nulls
ALTER TABLE public.of_nulls DROP CONSTRAINT IF EXISTS of_nulls_code_fkey CASCADE;
-- foreign key of_cascades_code_fkey on public.of_cascades
ALTER TABLE public.of_cascades DROP CONSTRAINT IF EXISTS of_cascades_code_fkey CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.refuses
--   expected: 2 rows, otherwise rows that the migration left in table public.refuses were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.refuses d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.code, t.title)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.code, t.title)::text) AS n FROM ONLY public.refuses t) c, (SELECT ROW(i.code, i.title)::text AS text, i.backout_count FROM backout_archive_1.rows_16468_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.refuses
--   expected: 2 rows, otherwise rows that the migration took out of table public.refuses did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.refuses (code, title) OVERRIDING SYSTEM VALUE SELECT m.code, m.title FROM (SELECT i.* FROM backout_archive_1.rows_16468_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.nulls
--   expected: 2 rows, otherwise rows that the migration left in table public.nulls were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.nulls d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.code, t.title)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.code, t.title)::text) AS n FROM ONLY public.nulls t) c, (SELECT ROW(i.code, i.title)::text AS text, i.backout_count FROM backout_archive_1.rows_16449_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.nulls
--   expected: 2 rows, otherwise rows that the migration took out of table public.nulls did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.nulls (code, title) OVERRIDING SYSTEM VALUE SELECT m.code, m.title FROM (SELECT i.* FROM backout_archive_1.rows_16449_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.cascades
--   expected: 2 rows, otherwise rows that the migration left in table public.cascades were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.cascades d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.code, t.title)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.code, t.title)::text) AS n FROM ONLY public.cascades t) c, (SELECT ROW(i.code, i.title)::text AS text, i.backout_count FROM backout_archive_1.rows_16430_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.cascades
--   expected: 2 rows, otherwise rows that the migration took out of table public.cascades did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.cascades (code, title) OVERRIDING SYSTEM VALUE SELECT m.code, m.title FROM (SELECT i.* FROM backout_archive_1.rows_16430_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- foreign key of_cascades_code_fkey on public.of_cascades
ALTER TABLE public.of_cascades ADD CONSTRAINT of_cascades_code_fkey FOREIGN KEY (code) REFERENCES public.cascades(code) ON DELETE CASCADE NOT VALID;
-- foreign key of_nulls_code_fkey on public.of_nulls
ALTER TABLE public.of_nulls ADD CONSTRAINT of_nulls_code_fkey FOREIGN KEY (code) REFERENCES public.nulls(code) ON DELETE SET NULL NOT VALID;
-- foreign key of_refuses_code_fkey on public.of_refuses
ALTER TABLE public.of_refuses ADD CONSTRAINT of_refuses_code_fkey FOREIGN KEY (code) REFERENCES public.refuses(code) NOT VALID;

-- tail:
-- foreign key of_cascades_code_fkey on public.of_cascades: validate, public.of_cascades
ALTER TABLE public.of_cascades VALIDATE CONSTRAINT of_cascades_code_fkey;
-- foreign key of_nulls_code_fkey on public.of_nulls: validate, public.of_nulls
ALTER TABLE public.of_nulls VALIDATE CONSTRAINT of_nulls_code_fkey;
-- foreign key of_refuses_code_fkey on public.of_refuses: validate, public.of_refuses
ALTER TABLE public.of_refuses VALIDATE CONSTRAINT of_refuses_code_fkey;

-- remade:
--   #pg_constraint:16416:0 foreign key of_cascades_code_fkey on public.of_cascades
--   #pg_constraint:16423:0 foreign key of_nulls_code_fkey on public.of_nulls
--   #pg_constraint:16430:0 foreign key of_refuses_code_fkey on public.of_refuses

-- parts:
--   column public.of_cascades.code
--   column public.of_cascades.id
--   column public.of_nulls.code
--   column public.of_nulls.id
--   column public.of_refuses.code
--   column public.of_refuses.id
--   constraint of_cascades_pkey on public.of_cascades
--   constraint of_nulls_pkey on public.of_nulls
--   constraint of_refuses_pkey on public.of_refuses
--   foreign key of_cascades_code_fkey on public.of_cascades
--   foreign key of_nulls_code_fkey on public.of_nulls
--   foreign key of_refuses_code_fkey on public.of_refuses
--   index public.of_cascades_pkey
--   index public.of_nulls_pkey
--   index public.of_refuses_pkey
--   table public.of_cascades
--   table public.of_nulls
--   table public.of_refuses

-- renumbered:
--   (#pg_constraint:16416:0, "foreign key of_cascades_code_fkey on public.of_cascades")
--   (#pg_constraint:16423:0, "foreign key of_nulls_code_fkey on public.of_nulls")
--   (#pg_constraint:16430:0, "foreign key of_refuses_code_fkey on public.of_refuses")
