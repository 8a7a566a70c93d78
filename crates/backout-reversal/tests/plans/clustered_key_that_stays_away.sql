-- locks:
--   public.kk, ACCESS EXCLUSIVE

-- steps:
-- table public.kk
ALTER TABLE public.kk RENAME TO backout_rebuilt_16410;
-- table public.kk
CREATE TABLE public.kk (k integer, n integer);
-- table public.kk
INSERT INTO public.kk (k, n) OVERRIDING SYSTEM VALUE SELECT w.k, t.n FROM (SELECT i.*, ROW(i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n)::text) AS backout_place FROM backout_archive_1.rows_38662 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.kk.k
--   if all rows of public.kk have a value of k
ALTER TABLE public.kk ALTER COLUMN k SET NOT NULL;
-- table public.kk
DROP TABLE public.backout_rebuilt_16410;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.k, i.n)::text FROM backout_archive_1.rows_38662 i EXCEPT ALL SELECT ROW(i.k, i.n)::text FROM ONLY public.kk i) d; forced None; otherwise rows of public.kk were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_38662; if none None
-- constraint kk_pkey on public.kk
--   may clash: Values, at once None
ALTER TABLE public.kk ADD CONSTRAINT kk_pkey PRIMARY KEY (k);
-- index public.kk_pkey
ALTER TABLE public.kk CLUSTER ON kk_pkey;

-- tail:
-- table public.kk: analyze
ANALYZE public.kk;

-- rebuilt:
--   public.kk

-- remade:
--   #pg_class:16410:0 table public.kk

-- parts:
--   column public.kk.k
--   column public.kk.n
--   constraint kk_pkey on public.kk
--   index public.kk_pkey
--   table public.kk

-- renumbered:
--   (#pg_class:16410:0, "table public.kk")
--   (#pg_class:16410:1, "column public.kk.k")
--   (#pg_class:16410:2, "column public.kk.n")
--   (#pg_class:16411:0, "index public.kk_pkey")
--   (#pg_constraint:16412:0, "constraint kk_pkey on public.kk")

-- needs values:
--   NeedsValues { table: "public.kk", column: "k", heirs: ["public.kk"], forced: false }
