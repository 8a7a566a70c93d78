-- locks:
--   public.tk, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.tk.z
CREATE TABLE backout_undone_1.column_16410_4 (v text, backout_value integer, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- table public.tk
CREATE TABLE backout_archive_1.rows_67797_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.v FROM (SELECT i.*, ROW(i.v)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_67797_1 i WINDOW w AS (PARTITION BY ROW(i.v)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.tk.z
INSERT INTO backout_undone_1.column_16410_4 (v, backout_value) SELECT v, z FROM public.tk WHERE z IS NOT NULL;
-- what the migration added
ALTER TABLE public.tk DROP COLUMN IF EXISTS z CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.tk
ALTER TABLE public.tk RENAME TO backout_rebuilt_16410;
-- table public.tk
CREATE TABLE public.tk (k integer, v text, w integer);
-- table public.tk
INSERT INTO public.tk (k, v, w) OVERRIDING SYSTEM VALUE SELECT w.k, t.v, c3.backout_value FROM (SELECT i.*, ROW(i.v)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.v)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.v)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.v)::text) AS backout_place FROM backout_archive_1.rows_67797 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place LEFT JOIN backout_archive_1.column_67797_3 c3 ON c3.k = w.k;
-- column public.tk.k
--   if all rows of public.tk have a value of k
ALTER TABLE public.tk ALTER COLUMN k SET NOT NULL;
-- table public.tk
DROP TABLE public.backout_rebuilt_16410;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.k, i.v)::text FROM backout_archive_1.rows_67797 i EXCEPT ALL SELECT ROW(i.k, i.v)::text FROM ONLY public.tk i) d; forced None; otherwise rows of public.tk were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_67797; if none None
-- constraint tk_pkey on public.tk
--   may clash: Values, at once None
ALTER TABLE public.tk ADD CONSTRAINT tk_pkey PRIMARY KEY (k);

-- tail:
-- table public.tk: analyze
ANALYZE public.tk;

-- rebuilt:
--   public.tk

-- remade:
--   #pg_class:16410:0 table public.tk

-- parts:
--   column public.tk.k
--   column public.tk.v
--   column public.tk.w
--   constraint tk_pkey on public.tk
--   index public.tk_pkey
--   table public.tk

-- renumbered:
--   (#pg_class:16410:0, "table public.tk")
--   (#pg_class:16410:1, "column public.tk.k")
--   (#pg_class:16410:2, "column public.tk.v")
--   (#pg_class:16410:3, "column public.tk.w")
--   (#pg_class:16411:0, "index public.tk_pkey")
--   (#pg_constraint:16412:0, "constraint tk_pkey on public.tk")

-- set aside:
--   SetAside { table: "public.tk", column: "z", copy: "backout_undone_1.column_16410_4", count: "SELECT count(*) FROM public.tk WHERE z IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "tk", column: Some("z"), copy_schema: "backout_undone_1", copy: "column_16410_4", by: Place(["v"]), left: None }

-- needs values:
--   NeedsValues { table: "public.tk", column: "k", heirs: ["public.tk"], forced: false }
