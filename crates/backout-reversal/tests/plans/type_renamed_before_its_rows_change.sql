-- locks:
--   public.tt, SHARE ROW EXCLUSIVE

-- before the locks:
-- table public.tt
CREATE TABLE backout_archive_1.rows_161083_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.m, s.l, s.d FROM (SELECT i.*, ROW(i.id, i.m, i.l, i.d)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_161083_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.m, i.l, i.d)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- type public.tm
ALTER TYPE public.tn RENAME TO tm;
-- domain public.td
ALTER DOMAIN public.te RENAME TO td;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.tt
--   expected: 1 rows, otherwise rows that the migration took out of table public.tt did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.tt (id, m, l, d) OVERRIDING SYSTEM VALUE SELECT m.id, m.m::text::public.tm, m.l::text::public.tm[], m.d::text::public.td FROM (SELECT i.* FROM backout_archive_1.rows_161083_1_sum i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_161083_1_sum o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.tt t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.tt
--   expected: 1 rows, otherwise rows of table public.tt were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.tt t SET m = m.m::text::public.tm, l = m.l::text::public.tm[], d = m.d::text::public.td FROM backout_archive_1.rows_161083_1_sum m JOIN backout_archive_1.rows_161083_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.m::text IS NOT DISTINCT FROM p.m::text OR t.m::text IS NOT DISTINCT FROM m.m::text) AND (t.l::text IS NOT DISTINCT FROM p.l::text OR t.l::text IS NOT DISTINCT FROM m.l::text) AND (t.d::text IS NOT DISTINCT FROM p.d::text OR t.d::text IS NOT DISTINCT FROM m.d::text);
-- table public.tt
--   only after a shortfall
UPDATE ONLY public.tt t SET m = CASE WHEN t.m::text IS NOT DISTINCT FROM p.m::text THEN m.m::text::public.tm ELSE t.m END, l = CASE WHEN t.l::text IS NOT DISTINCT FROM p.l::text THEN m.l::text::public.tm[] ELSE t.l END, d = CASE WHEN t.d::text IS NOT DISTINCT FROM p.d::text THEN m.d::text::public.td ELSE t.d END FROM backout_archive_1.rows_161083_1_sum m JOIN backout_archive_1.rows_161083_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.m::text IS NOT DISTINCT FROM p.m::text AND m.m::text IS DISTINCT FROM p.m::text) OR (t.l::text IS NOT DISTINCT FROM p.l::text AND m.l::text IS DISTINCT FROM p.l::text) OR (t.d::text IS NOT DISTINCT FROM p.d::text AND m.d::text IS DISTINCT FROM p.d::text));

-- parts:
--   column public.tt.d
--   column public.tt.id
--   column public.tt.l
--   column public.tt.m
--   constraint tt_pkey on public.tt
--   index public.tt_pkey
--   table public.tt

-- renumbered:
--   (#pg_type:16410:0, "type public.tm")
--   (#pg_type:16411:0, "domain public.td")
--   (#pg_class:16412:2, "column public.tt.m")
--   (#pg_class:16412:3, "column public.tt.l")
--   (#pg_class:16412:4, "column public.tt.d")
