-- locks:
--   public.rk, ACCESS EXCLUSIVE

-- steps:
-- table public.rk
ALTER TABLE public.rk RENAME TO backout_rebuilt_16410;
-- table public.rk
CREATE TABLE public.rk (id text, n jsonb);
-- table public.rk
INSERT INTO public.rk (id, n) OVERRIDING SYSTEM VALUE SELECT coalesce(w.id, (gen_random_uuid())::text), t.n FROM (SELECT i.*, ROW(i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n)::text) AS backout_place FROM backout_archive_1.rows_115971 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.rk.id
ALTER TABLE public.rk ALTER COLUMN id SET NOT NULL;
-- table public.rk
DROP TABLE public.backout_rebuilt_16410;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.id, i.n)::text FROM backout_archive_1.rows_115971 i EXCEPT ALL SELECT ROW(i.id, i.n)::text FROM ONLY public.rk i) d; forced None; otherwise rows of public.rk were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_115971; if none None
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.rk
--   expected: 5 rows, otherwise rows of table public.rk were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.rk t SET n = m.n FROM backout_archive_1.rows_115971_1 m JOIN backout_archive_1.rows_115971_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.n::text IS NOT DISTINCT FROM p.n::text OR t.n::text IS NOT DISTINCT FROM m.n::text);
-- table public.rk
--   only after a shortfall
UPDATE ONLY public.rk t SET n = CASE WHEN t.n::text IS NOT DISTINCT FROM p.n::text THEN m.n ELSE t.n END FROM backout_archive_1.rows_115971_1 m JOIN backout_archive_1.rows_115971_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.n::text IS NOT DISTINCT FROM p.n::text AND m.n::text IS DISTINCT FROM p.n::text));
-- default public.rk.id
ALTER TABLE ONLY public.rk ALTER COLUMN id SET DEFAULT gen_random_uuid();
-- constraint rk_pkey on public.rk
--   may clash: Values, at once None
ALTER TABLE public.rk ADD CONSTRAINT rk_pkey PRIMARY KEY (id);

-- tail:
-- table public.rk: analyze
ANALYZE public.rk;

-- rebuilt:
--   public.rk

-- remade:
--   #pg_class:16410:0 table public.rk

-- parts:
--   column public.rk.id
--   column public.rk.n
--   constraint rk_pkey on public.rk
--   default public.rk.id
--   index public.rk_pkey
--   table public.rk

-- renumbered:
--   (#pg_class:16410:0, "table public.rk")
--   (#pg_class:16410:1, "column public.rk.id")
--   (#pg_class:16410:2, "column public.rk.n")
--   (#pg_class:16412:0, "index public.rk_pkey")
--   (#pg_attrdef:16411:0, "default public.rk.id")
--   (#pg_constraint:16413:0, "constraint rk_pkey on public.rk")
