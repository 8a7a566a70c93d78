-- locks:
--   public.et, SHARE ROW EXCLUSIVE

-- before the locks:
-- table public.et
CREATE TABLE backout_archive_1.rows_100275_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.x FROM (SELECT i.*, ROW(i.id, i.x)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_100275_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.x)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- what the migration added
DROP TYPE IF EXISTS public.em CASCADE;
-- type public.em
ALTER TYPE public.em_old RENAME TO em;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.et
--   expected: 1 rows, otherwise rows that the migration took out of table public.et did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.et (id, x) OVERRIDING SYSTEM VALUE SELECT m.id, m.x::text::public.em FROM (SELECT i.* FROM backout_archive_1.rows_100275_1_sum i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_100275_1_sum o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.et t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.et
--   expected: 1 rows, otherwise rows of table public.et were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.et t SET x = m.x::text::public.em FROM backout_archive_1.rows_100275_1_sum m JOIN backout_archive_1.rows_100275_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.x::text IS NOT DISTINCT FROM p.x::text OR t.x::text IS NOT DISTINCT FROM m.x::text);
-- table public.et
--   only after a shortfall
UPDATE ONLY public.et t SET x = CASE WHEN t.x::text IS NOT DISTINCT FROM p.x::text THEN m.x::text::public.em ELSE t.x END FROM backout_archive_1.rows_100275_1_sum m JOIN backout_archive_1.rows_100275_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.x::text IS NOT DISTINCT FROM p.x::text AND m.x::text IS DISTINCT FROM p.x::text));

-- parts:
--   column public.et.id
--   column public.et.x
--   constraint et_pkey on public.et
--   index public.et_pkey
--   table public.et

-- renumbered:
--   (#pg_type:16410:0, "type public.em")
--   (#pg_class:16411:2, "column public.et.x")
