-- locks:
--   public.rl, SHARE ROW EXCLUSIVE
--   public.ru, ACCESS EXCLUSIVE

-- before the locks:
-- table public.rl
CREATE TABLE backout_archive_1.rows_97207_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.n FROM (SELECT i.*, ROW(i.n)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_97207_1 i WINDOW w AS (PARTITION BY ROW(i.n)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.ru
CREATE TABLE backout_archive_1.rows_97202_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.v, s.w FROM (SELECT i.*, ROW(i.id, i.v, i.w)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_97202_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.v, i.w)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.ru
ALTER TABLE public.ru DISABLE RULE r;
-- table public.ru
--   expected: 2 rows, otherwise rows of table public.ru were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.ru t SET v = m.v FROM backout_archive_1.rows_97202_1_sum m JOIN backout_archive_1.rows_97202_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.v::text IS NOT DISTINCT FROM p.v::text OR t.v::text IS NOT DISTINCT FROM m.v::text);
-- table public.ru
ALTER TABLE public.ru ENABLE RULE r;
-- table public.ru
ALTER TABLE public.ru DISABLE RULE r;
-- table public.ru
--   only after a shortfall
UPDATE ONLY public.ru t SET v = CASE WHEN t.v::text IS NOT DISTINCT FROM p.v::text THEN m.v ELSE t.v END FROM backout_archive_1.rows_97202_1_sum m JOIN backout_archive_1.rows_97202_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.v::text IS NOT DISTINCT FROM p.v::text AND m.v::text IS DISTINCT FROM p.v::text));
-- table public.ru
ALTER TABLE public.ru ENABLE RULE r;
-- table public.rl
--   expected: 2 rows, otherwise rows that the migration left in table public.rl were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.rl d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.n)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.n)::text) AS n FROM ONLY public.rl t) c, (SELECT ROW(i.n)::text AS text, i.backout_count FROM backout_archive_1.rows_97207_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
