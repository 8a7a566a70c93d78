-- locks:
--   public.rk, ACCESS EXCLUSIVE

-- steps:
-- table public.rk
ALTER TABLE public.rk RENAME TO backout_rebuilt_16410;
-- table public.rk
CREATE TABLE public.rk (id uuid, j jsonb, w text);
-- table public.rk
INSERT INTO public.rk (id, j, w) OVERRIDING SYSTEM VALUE SELECT coalesce(w.id, (gen_random_uuid())::uuid), c2.backout_value, t.w FROM (SELECT i.*, ROW(i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.w)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.w)::text) AS backout_place FROM backout_archive_1.rows_151528 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place LEFT JOIN backout_archive_1.column_151528_2 c2 ON c2.id = w.id;
-- table public.rk
DROP TABLE public.backout_rebuilt_16410;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.id, i.w)::text FROM backout_archive_1.rows_151528 i EXCEPT ALL SELECT ROW(i.id, i.w)::text FROM ONLY public.rk i) d; forced None; otherwise rows of public.rk were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_151528; if none None
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.rk
--   expected: 4 rows, otherwise rows that the migration took out of table public.rk did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.rk (id, w, j) OVERRIDING SYSTEM VALUE SELECT m.id, m.w, c2.backout_value FROM (SELECT i.* FROM backout_archive_1.rows_151528_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_151528_1 o WHERE o.backout_new AND o.id = i.id)) m LEFT JOIN backout_archive_1.column_151528_2 c2 ON c2.id = m.id WHERE NOT EXISTS (SELECT FROM ONLY public.rk t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.rk
--   expected: 4 rows, otherwise rows that the migration put into table public.rk stay: they were changed since, or others refer to them
DELETE FROM ONLY public.rk t USING (SELECT i.* FROM backout_archive_1.rows_151528_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_151528_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.w)::text = ROW(p.id, p.w)::text;
-- column public.rk.id
ALTER TABLE public.rk ALTER COLUMN id SET NOT NULL;
-- column public.rk.j
--   if all rows of public.rk have a value of j
ALTER TABLE public.rk ALTER COLUMN j SET NOT NULL;
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
--   column public.rk.j
--   column public.rk.w
--   constraint rk_pkey on public.rk
--   default public.rk.id
--   index public.rk_pkey
--   table public.rk

-- renumbered:
--   (#pg_class:16410:0, "table public.rk")
--   (#pg_class:16410:1, "column public.rk.id")
--   (#pg_class:16410:2, "column public.rk.j")
--   (#pg_class:16410:3, "column public.rk.w")
--   (#pg_class:16412:0, "index public.rk_pkey")
--   (#pg_attrdef:16411:0, "default public.rk.id")
--   (#pg_constraint:16413:0, "constraint rk_pkey on public.rk")

-- needs values:
--   NeedsValues { table: "public.rk", column: "j", heirs: ["public.rk"], forced: false }
