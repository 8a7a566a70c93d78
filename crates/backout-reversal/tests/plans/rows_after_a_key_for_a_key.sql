-- locks:
--   public.nk, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.nk.k
CREATE TABLE backout_undone_1.column_16410_3 (v integer, backout_value integer, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- table public.nk
CREATE TABLE backout_archive_1.rows_98346_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.v FROM (SELECT i.*, ROW(i.v)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_98346_1 i WINDOW w AS (PARTITION BY ROW(i.v)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.nk.k
INSERT INTO backout_undone_1.column_16410_3 (v, backout_value) SELECT v, k FROM public.nk WHERE k IS NOT NULL;
-- constraint nk_pkey on public.nk
ALTER TABLE public.nk DROP CONSTRAINT IF EXISTS nk_pkey CASCADE;
-- what the migration added
ALTER TABLE ONLY public.nk ALTER COLUMN k DROP DEFAULT;
-- what the migration added
DROP SEQUENCE IF EXISTS public.nk_k_seq CASCADE;
-- column public.nk.k
ALTER TABLE public.nk ALTER COLUMN k DROP NOT NULL;
-- column public.nk.k
ALTER TABLE public.nk RENAME COLUMN k TO backout_key_3;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.nk
--   expected: 1 rows, otherwise rows that the migration took out of table public.nk did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.nk (v) OVERRIDING SYSTEM VALUE SELECT m.v FROM (SELECT i.* FROM backout_archive_1.rows_98346_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.nk
ALTER TABLE public.nk RENAME TO backout_rebuilt_16410;
-- table public.nk
CREATE TABLE public.nk (id integer, v integer);
-- table public.nk
INSERT INTO public.nk (id, v) OVERRIDING SYSTEM VALUE SELECT c1.backout_value, t.v FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_98346_1 c1 ON c1.k = t.backout_key_3;
-- column public.nk.id
--   if all rows of public.nk have a value of id
ALTER TABLE public.nk ALTER COLUMN id SET NOT NULL;
-- table public.nk
DROP TABLE public.backout_rebuilt_16410;
-- constraint nk_pkey on public.nk
--   may clash: Values, at once None
ALTER TABLE public.nk ADD CONSTRAINT nk_pkey PRIMARY KEY (id);

-- tail:
-- table public.nk: analyze
ANALYZE public.nk;

-- unsupported:
--   column public.nk.id: rows that the migration changed after it had gone are known without their new key (k), by which its values were kept

-- rebuilt:
--   public.nk

-- remade:
--   #pg_class:16410:0 table public.nk

-- parts:
--   column public.nk.id
--   column public.nk.v
--   constraint nk_pkey on public.nk
--   index public.nk_pkey
--   table public.nk

-- renumbered:
--   (#pg_class:16410:0, "table public.nk")
--   (#pg_class:16410:1, "column public.nk.id")
--   (#pg_class:16410:2, "column public.nk.v")
--   (#pg_class:16411:0, "index public.nk_pkey")
--   (#pg_constraint:16412:0, "constraint nk_pkey on public.nk")

-- set aside:
--   SetAside { table: "public.nk", column: "k", copy: "backout_undone_1.column_16410_3", count: "SELECT count(*) FROM public.nk WHERE k IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "nk", column: Some("k"), copy_schema: "backout_undone_1", copy: "column_16410_3", by: Place(["v"]), left: None }

-- needs values:
--   NeedsValues { table: "public.nk", column: "id", heirs: ["public.nk"], forced: false }
