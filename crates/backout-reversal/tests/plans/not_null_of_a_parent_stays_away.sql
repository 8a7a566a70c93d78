-- locks:
--   public.nk2, ACCESS EXCLUSIVE
--   public.nn, ACCESS EXCLUSIVE

-- steps:
-- column public.nn.k
ALTER TABLE public.nn ADD COLUMN k integer;
-- column public.nk2.k
UPDATE ONLY public.nk2 u SET k = w.k FROM (SELECT i.ctid AS backout_at, ROW(i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.w)::text) AS backout_place FROM ONLY public.nk2 i) t LEFT JOIN (SELECT i.*, ROW(i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.w)::text) AS backout_place FROM backout_archive_1.rows_127663 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.k, i.w)::text FROM backout_archive_1.rows_127663 i EXCEPT ALL SELECT ROW(i.k, i.w)::text FROM ONLY public.nk2 i) d; forced None; otherwise rows of public.nk2 were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_127663; if none None
-- column public.nn.k
--   if all rows of public.nn have a value of k
ALTER TABLE public.nn ALTER COLUMN k SET NOT NULL;

-- parts:
--   column public.nk2.k
--   column public.nk2.w
--   column public.nn.k
--   column public.nn.w
--   table public.nk2
--   table public.nn

-- renumbered:
--   (#pg_class:16410:2, "column public.nn.k")
--   (#pg_class:16411:2, "column public.nk2.k")

-- needs values:
--   NeedsValues { table: "public.nn", column: "k", heirs: ["public.nn", "public.nk2"], forced: false }
