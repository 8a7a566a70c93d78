-- locks:
--   public.fresh, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.fresh.code
CREATE TABLE backout_undone_1.column_16410_3 (id integer, backout_value text, PRIMARY KEY (id));
-- table public.fresh
CREATE TABLE backout_archive_1.rows_16484_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.name FROM (SELECT i.*, ROW(i.id, i.name)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_16484_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.name)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.fresh.code
INSERT INTO backout_undone_1.column_16410_3 (id, backout_value) SELECT id, code FROM public.fresh WHERE code IS NOT NULL;
-- what the migration added
ALTER TABLE public.fresh DROP COLUMN IF EXISTS code CASCADE;
-- table public.fresh
COMMENT ON TABLE public.fresh IS NULL;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.fresh
--   expected: 1 rows, otherwise rows that the migration put into table public.fresh stay: they were changed since, or others refer to them
DELETE FROM ONLY public.fresh t USING (SELECT i.* FROM backout_archive_1.rows_16484_1_sum i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_16484_1_sum o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.name)::text = ROW(p.id, p.name)::text;

-- parts:
--   column public.fresh.id
--   column public.fresh.name
--   constraint fresh_pkey on public.fresh
--   index public.fresh_pkey
--   table public.fresh

-- renumbered:
--   (#pg_class:16410:0, "table public.fresh")

-- set aside:
--   SetAside { table: "public.fresh", column: "code", copy: "backout_undone_1.column_16410_3", count: "SELECT count(*) FROM public.fresh WHERE code IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "fresh", column: Some("code"), copy_schema: "backout_undone_1", copy: "column_16410_3", by: Key(["id"]), left: None }
