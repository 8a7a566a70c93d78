-- locks:
--   public.kk, ACCESS EXCLUSIVE
--   public.ku, SHARE ROW EXCLUSIVE

-- steps:
-- table public.kk
ALTER TABLE public.kk RENAME TO backout_rebuilt_16410;
-- table public.kk
CREATE TABLE public.kk (k integer, v text);
-- table public.kk
INSERT INTO public.kk (k, v) OVERRIDING SYSTEM VALUE SELECT w.k, t.v FROM (SELECT i.*, ROW(i.v)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.v)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.v)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.v)::text) AS backout_place FROM backout_archive_1.rows_71746 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.kk.k
--   if all rows of public.kk have a value of k
ALTER TABLE public.kk ALTER COLUMN k SET NOT NULL;
-- table public.kk
DROP TABLE public.backout_rebuilt_16410;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.k, i.v)::text FROM backout_archive_1.rows_71746 i EXCEPT ALL SELECT ROW(i.k, i.v)::text FROM ONLY public.kk i) d; forced None; otherwise rows of public.kk were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_71746; if none None
-- constraint kk_pkey on public.kk
--   may clash: Values, at once None
ALTER TABLE public.kk ADD CONSTRAINT kk_pkey PRIMARY KEY (k);
-- foreign key ku_k_fkey on public.ku
--   may clash: ForeignKey, at once Some("ALTER TABLE public.ku ADD CONSTRAINT ku_k_fkey FOREIGN KEY (k) REFERENCES public.kk(k)")
ALTER TABLE public.ku ADD CONSTRAINT ku_k_fkey FOREIGN KEY (k) REFERENCES public.kk(k) NOT VALID;

-- tail:
-- table public.kk: analyze
ANALYZE public.kk;
-- foreign key ku_k_fkey on public.ku: validate, public.ku
ALTER TABLE public.ku VALIDATE CONSTRAINT ku_k_fkey;

-- rebuilt:
--   public.kk

-- remade:
--   #pg_class:16410:0 table public.kk

-- parts:
--   column public.kk.k
--   column public.kk.v
--   column public.ku.k
--   column public.ku.x
--   constraint kk_pkey on public.kk
--   foreign key ku_k_fkey on public.ku
--   index public.kk_pkey
--   table public.kk
--   table public.ku

-- renumbered:
--   (#pg_class:16410:0, "table public.kk")
--   (#pg_class:16410:1, "column public.kk.k")
--   (#pg_class:16410:2, "column public.kk.v")
--   (#pg_class:16411:0, "index public.kk_pkey")
--   (#pg_constraint:16412:0, "constraint kk_pkey on public.kk")
--   (#pg_constraint:16414:0, "foreign key ku_k_fkey on public.ku")

-- needs values:
--   NeedsValues { table: "public.kk", column: "k", heirs: ["public.kk"], forced: false }
