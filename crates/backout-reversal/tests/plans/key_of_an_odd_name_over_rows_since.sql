-- locks:
--   public."a.b", ACCESS EXCLUSIVE

-- steps:
-- table public."a.b"
ALTER TABLE public."a.b" RENAME TO backout_rebuilt_16410;
-- table public."a.b"
CREATE TABLE public."a.b" (k integer, n integer);
-- table public."a.b"
INSERT INTO public."a.b" (k, n) OVERRIDING SYSTEM VALUE SELECT w.k, t.n FROM (SELECT i.*, ROW(i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n)::text) AS backout_place FROM backout_archive_1.rows_50346 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public."a.b".k
--   if all rows of public."a.b" have a value of k
ALTER TABLE public."a.b" ALTER COLUMN k SET NOT NULL;
-- table public."a.b"
DROP TABLE public.backout_rebuilt_16410;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.k, i.n)::text FROM backout_archive_1.rows_50346 i EXCEPT ALL SELECT ROW(i.k, i.n)::text FROM ONLY public."a.b" i) d; forced None; otherwise rows of public."a.b" were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_50346; if none None
-- constraint "a.b_pkey" on public."a.b"
--   may clash: Values, at once None
ALTER TABLE public."a.b" ADD CONSTRAINT "a.b_pkey" PRIMARY KEY (k);

-- tail:
-- table public."a.b": analyze
ANALYZE public."a.b";

-- rebuilt:
--   public."a.b"

-- remade:
--   #pg_class:16410:0 table public."a.b"

-- parts:
--   column public."a.b".k
--   column public."a.b".n
--   constraint "a.b_pkey" on public."a.b"
--   index public."a.b_pkey"
--   table public."a.b"

-- renumbered:
--   (#pg_class:16410:0, "table public.\"a.b\"")
--   (#pg_class:16410:1, "column public.\"a.b\".k")
--   (#pg_class:16410:2, "column public.\"a.b\".n")
--   (#pg_class:16411:0, "index public.\"a.b_pkey\"")
--   (#pg_constraint:16412:0, "constraint \"a.b_pkey\" on public.\"a.b\"")

-- needs values:
--   NeedsValues { table: "public.\"a.b\"", column: "k", heirs: ["public.\"a.b\""], forced: false }
