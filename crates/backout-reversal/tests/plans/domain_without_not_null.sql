-- locks:
--   public.dnn, ACCESS EXCLUSIVE
--   public.dnt, SHARE ROW EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER TABLE public.dnn SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.dnn RENAME TO "16418 dnn";
-- what the migration added
ALTER TABLE backout_undone_1."16418 dnn" RENAME CONSTRAINT dnn_pkey TO "16420 dnn_pkey";
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.dnt
--   expected: 2 rows, otherwise rows of table public.dnt were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.dnt t SET v = m.v::text::public.dn FROM backout_archive_1.rows_161356_1 m JOIN backout_archive_1.rows_161356_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.v::text IS NOT DISTINCT FROM p.v::text OR t.v::text IS NOT DISTINCT FROM m.v::text);
-- table public.dnt
--   only after a shortfall
UPDATE ONLY public.dnt t SET v = CASE WHEN t.v::text IS NOT DISTINCT FROM p.v::text THEN m.v::text::public.dn ELSE t.v END FROM backout_archive_1.rows_161356_1 m JOIN backout_archive_1.rows_161356_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.v::text IS NOT DISTINCT FROM p.v::text AND m.v::text IS DISTINCT FROM p.v::text));
-- domain public.dn
ALTER TABLE backout_undone_1."16418 dnn" ALTER COLUMN v TYPE integer;
-- domain public.dn
--   may clash: Values, at once None
ALTER DOMAIN public.dn SET NOT NULL;

-- renumbered:
--   (#pg_type:16410:0, "domain public.dn")

-- moved aside:
--   Moved { id: #pg_class:16418:0, identity: "table public.dnn", from_schema: "public", to_schema: "backout_undone_1", name: "dnn", kept_as: "16418 dnn" }

-- may be set aside:
--   Aside { schema: "public", table: "dnn", column: None, copy_schema: "backout_undone_1", copy: "16418 dnn", by: Rows, left: None }
