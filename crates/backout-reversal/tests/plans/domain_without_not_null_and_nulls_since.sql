-- locks:
--   public.dnt, SHARE ROW EXCLUSIVE

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.dnt
--   expected: 2 rows, otherwise rows of table public.dnt were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.dnt t SET v = m.v::text::public.dn FROM backout_archive_1.rows_161802_1 m JOIN backout_archive_1.rows_161802_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.v::text IS NOT DISTINCT FROM p.v::text OR t.v::text IS NOT DISTINCT FROM m.v::text);
-- table public.dnt
--   only after a shortfall
UPDATE ONLY public.dnt t SET v = CASE WHEN t.v::text IS NOT DISTINCT FROM p.v::text THEN m.v::text::public.dn ELSE t.v END FROM backout_archive_1.rows_161802_1 m JOIN backout_archive_1.rows_161802_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.v::text IS NOT DISTINCT FROM p.v::text AND m.v::text IS DISTINCT FROM p.v::text));
-- domain public.dn
--   may clash: Values, at once None
ALTER DOMAIN public.dn SET NOT NULL;

-- renumbered:
--   (#pg_type:16410:0, "domain public.dn")
