-- locks:
--   public.pt, ACCESS EXCLUSIVE
--   public.pu, SHARE ROW EXCLUSIVE
--   public.pv, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- table public.pu
CREATE TABLE backout_archive_1.rows_23999_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.a, s.b, s.c FROM (SELECT i.*, ROW(i.a, i.b, i.c)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_23999_1 i WINDOW w AS (PARTITION BY ROW(i.a, i.b, i.c)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- constraint doubt on public.pt
ALTER TABLE public.pt DROP CONSTRAINT IF EXISTS doubt CASCADE;
-- what the migration added
CREATE TABLE backout_undone_1.foster_16410_16417 (LIKE public.pt INCLUDING CONSTRAINTS INCLUDING GENERATED);
-- what the migration added
ALTER TABLE backout_undone_1.foster_16410_16417 DROP CONSTRAINT IF EXISTS doubt;
-- what the migration added
ALTER TABLE public.pv INHERIT backout_undone_1.foster_16410_16417;
-- what the migration added
ALTER TABLE public.pv NO INHERIT public.pt;
-- what the migration added
ALTER TABLE public.pv SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.pv RENAME TO "16417 pv";
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.pu
--   expected: 1 rows, otherwise rows that the migration left in table public.pu were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.pu d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.a, t.b, t.c)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.a, t.b, t.c)::text) AS n FROM ONLY public.pu t) c, (SELECT ROW(i.a, i.b, i.c)::text AS text, i.backout_count FROM backout_archive_1.rows_23999_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.pu
--   expected: 1 rows, otherwise rows that the migration took out of table public.pu did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.pu (a, b, c) OVERRIDING SYSTEM VALUE SELECT m.a, m.b, m.c FROM (SELECT i.* FROM backout_archive_1.rows_23999_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- constraint doubt on public.pt
ALTER TABLE public.pt ADD CONSTRAINT doubt CHECK ((a IS NOT NULL)) NOT VALID;

-- remade:
--   #pg_constraint:16412:0 constraint doubt on public.pt

-- parts:
--   column public.pt.a
--   column public.pt.b
--   constraint doubt on public.pt
--   table public.pt

-- renumbered:
--   (#pg_constraint:16412:0, "constraint doubt on public.pt")

-- moved aside:
--   Moved { id: #pg_class:16417:0, identity: "table public.pv", from_schema: "public", to_schema: "backout_undone_1", name: "pv", kept_as: "16417 pv" }

-- may be set aside:
--   Aside { schema: "public", table: "pv", column: None, copy_schema: "backout_undone_1", copy: "16417 pv", by: Rows, left: None }
