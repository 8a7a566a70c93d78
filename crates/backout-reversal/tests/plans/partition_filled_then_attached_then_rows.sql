-- locks:
--   public.pf, SHARE ROW EXCLUSIVE
--   public.pf2, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER TABLE public.pf DETACH PARTITION public.pf2;
-- what the migration added
ALTER TABLE public.pf2 SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.pf2 RENAME TO "16418 pf2";
-- what the migration added
ALTER TABLE backout_undone_1."16418 pf2" RENAME CONSTRAINT pf2_pkey TO "16420 pf2_pkey";
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.pf
UPDATE public.pf t SET v = m.v FROM backout_archive_1.rows_95010_1 m JOIN backout_archive_1.rows_95010_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.v::text IS NOT DISTINCT FROM p.v::text OR t.v::text IS NOT DISTINCT FROM m.v::text);
-- table public.pf
UPDATE public.pf t SET v = CASE WHEN t.v::text IS NOT DISTINCT FROM p.v::text THEN m.v ELSE t.v END FROM backout_archive_1.rows_95010_1 m JOIN backout_archive_1.rows_95010_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.v::text IS NOT DISTINCT FROM p.v::text AND m.v::text IS DISTINCT FROM p.v::text));

-- moved aside:
--   Moved { id: #pg_class:16418:0, identity: "table public.pf2", from_schema: "public", to_schema: "backout_undone_1", name: "pf2", kept_as: "16418 pf2" }
