-- locks:
--   public.old, ACCESS EXCLUSIVE

-- before the locks:
-- table public.old
CREATE TABLE backout_archive_1.rows_16430_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.name, s.other FROM (SELECT i.*, ROW(i.id, i.name, i.other)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_16430_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.name, i.other)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- table public.old
COMMENT ON TABLE public.old IS NULL;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.old
--   expected: 1 rows, otherwise rows of table public.old were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.old t SET name = m.name FROM backout_archive_1.rows_16430_1_sum m JOIN backout_archive_1.rows_16430_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.name::text IS NOT DISTINCT FROM p.name::text OR t.name::text IS NOT DISTINCT FROM m.name::text);
-- table public.old
--   only after a shortfall
UPDATE ONLY public.old t SET name = CASE WHEN t.name::text IS NOT DISTINCT FROM p.name::text THEN m.name ELSE t.name END FROM backout_archive_1.rows_16430_1_sum m JOIN backout_archive_1.rows_16430_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.name::text IS NOT DISTINCT FROM p.name::text AND m.name::text IS DISTINCT FROM p.name::text));
-- table public.old
--   expected: 1 rows, otherwise rows that the migration put into table public.old stay: they were changed since, or others refer to them
DELETE FROM ONLY public.old t USING (SELECT i.* FROM backout_archive_1.rows_16430_1_sum i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_16430_1_sum o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.name, t.other)::text = ROW(p.id, p.name, p.other)::text;

-- parts:
--   column public.old.id
--   column public.old.name
--   column public.old.other
--   constraint old_pkey on public.old
--   index public.old_pkey
--   table public.old

-- renumbered:
--   (#pg_class:16410:0, "table public.old")
