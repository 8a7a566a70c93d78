-- locks:
--   public.one, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.one.z
CREATE TABLE backout_undone_1.column_16410_2 (backout_value integer, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

-- steps:
-- column public.one.z
INSERT INTO backout_undone_1.column_16410_2 (backout_value) SELECT z FROM public.one WHERE z IS NOT NULL;
-- what the migration added
ALTER TABLE public.one DROP COLUMN IF EXISTS z CASCADE;
-- column public.one.v
ALTER TABLE public.one ADD COLUMN v inet;
-- column public.one.v
UPDATE ONLY public.one u SET v = w.v FROM (SELECT i.ctid AS backout_at, ROW()::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW()::text) AS backout_place FROM ONLY public.one i) t LEFT JOIN (SELECT i.*, ROW()::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW()::text) AS backout_place FROM backout_archive_1.rows_68558 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.v)::text FROM backout_archive_1.rows_68558 i EXCEPT ALL SELECT ROW(i.v)::text FROM ONLY public.one i) d; forced None; otherwise rows of public.one were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_68558; if none None

-- parts:
--   column public.one.v
--   table public.one

-- renumbered:
--   (#pg_class:16410:1, "column public.one.v")

-- set aside:
--   SetAside { table: "public.one", column: "z", copy: "backout_undone_1.column_16410_2", count: "SELECT count(*) FROM public.one WHERE z IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "one", column: Some("z"), copy_schema: "backout_undone_1", copy: "column_16410_2", by: Place([]), left: None }
