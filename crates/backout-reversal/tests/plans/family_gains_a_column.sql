-- locks:
--   public.kid, ACCESS EXCLUSIVE
--   public.par, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.par.n
CREATE TABLE backout_undone_1.column_16410_3 (a integer, b text, backout_value integer, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- table public.kid
CREATE TABLE backout_archive_1.rows_133122_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.a, s.b, s.c FROM (SELECT i.*, ROW(i.a, i.b, i.c)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_133122_1 i WINDOW w AS (PARTITION BY ROW(i.a, i.b, i.c)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.par.n
INSERT INTO backout_undone_1.column_16410_3 (a, b, backout_value) SELECT a, b, n FROM public.par WHERE n IS NOT NULL;
-- what the migration added
ALTER TABLE public.par DROP COLUMN IF EXISTS n CASCADE;
-- what the migration added
ALTER TABLE public.kid DROP COLUMN IF EXISTS n CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;

-- set aside:
--   SetAside { table: "public.par", column: "n", copy: "backout_undone_1.column_16410_3", count: "SELECT count(*) FROM public.par WHERE n IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "par", column: Some("n"), copy_schema: "backout_undone_1", copy: "column_16410_3", by: Place(["a", "b"]), left: None }
