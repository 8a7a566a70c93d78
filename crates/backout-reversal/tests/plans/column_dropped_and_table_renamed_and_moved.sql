-- locks:
--   elsewhere.hr2, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column elsewhere.hr2.gone
CREATE TABLE backout_undone_1.column_16411_4 (gone_id integer, backout_value integer, PRIMARY KEY (gone_id));

-- steps:
-- column elsewhere.hr2.gone
INSERT INTO backout_undone_1.column_16411_4 (gone_id, backout_value) SELECT gone_id, gone FROM elsewhere.hr2 WHERE gone IS NOT NULL;
-- what the migration added
ALTER TABLE elsewhere.hr2 DROP COLUMN IF EXISTS gone CASCADE;
-- table public.hr
ALTER TABLE elsewhere.hr2 SET SCHEMA public;
-- table public.hr
ALTER TABLE public.hr2 RENAME TO hr;
-- column public.hr.id
ALTER TABLE public.hr RENAME COLUMN gone_id TO id;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.hr
--   expected: 10 rows, otherwise rows that the migration took out of table public.hr did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.hr (id) OVERRIDING SYSTEM VALUE SELECT m.id FROM (SELECT i.* FROM backout_archive_1.rows_115085_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_115085_1 o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.hr t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- column public.hr.gone
ALTER TABLE public.hr ADD COLUMN gone text;
-- column public.hr.kept
ALTER TABLE public.hr ADD COLUMN kept text;
-- column public.hr.gone
UPDATE ONLY public.hr t SET gone = c.backout_value FROM backout_archive_1.column_115085_2 c WHERE t.id = c.id;
-- column public.hr.kept
UPDATE ONLY public.hr t SET kept = c.backout_value FROM backout_archive_1_2.column_115085_3 c WHERE t.id = c.id;

-- parts:
--   column public.hr.gone
--   column public.hr.id
--   column public.hr.kept
--   constraint hr_pkey on public.hr
--   index public.hr_pkey
--   table public.hr

-- renumbered:
--   (#pg_class:16411:0, "table public.hr")
--   (#pg_class:16411:1, "column public.hr.id")
--   (#pg_class:16411:2, "column public.hr.gone")
--   (#pg_class:16411:3, "column public.hr.kept")
--   (#pg_class:16412:0, "index public.hr_pkey")
--   (#pg_constraint:16413:0, "constraint hr_pkey on public.hr")

-- set aside:
--   SetAside { table: "elsewhere.hr2", column: "gone", copy: "backout_undone_1.column_16411_4", count: "SELECT count(*) FROM elsewhere.hr2 WHERE gone IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "elsewhere", table: "hr2", column: Some("gone"), copy_schema: "backout_undone_1", copy: "column_16411_4", by: Key(["gone_id"]), left: None }
