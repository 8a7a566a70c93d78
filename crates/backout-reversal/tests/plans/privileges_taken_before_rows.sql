-- locks:
--   public.pr, ACCESS EXCLUSIVE

-- before the locks:
-- table public.pr
CREATE TABLE backout_archive_1.rows_29608_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.a, s.c FROM (SELECT i.*, ROW(i.a, i.c)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_29608_1 i WINDOW w AS (PARTITION BY ROW(i.a, i.c)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.pr
GRANT INSERT ON public.pr TO app_owner;
-- table public.pr
--   expected: 1 rows, otherwise rows that the migration took out of table public.pr did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.pr (a, c) OVERRIDING SYSTEM VALUE SELECT m.a, m.c FROM (SELECT i.* FROM backout_archive_1.rows_29608_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.pr
REVOKE INSERT ON public.pr FROM app_owner;
-- table public.pr
ALTER TABLE public.pr RENAME TO backout_rebuilt_16410;
-- table public.pr
CREATE TABLE public.pr (id uuid, a text, b text, c text);
-- table public.pr
INSERT INTO public.pr (id, a, b, c) OVERRIDING SYSTEM VALUE SELECT coalesce(w.id, (gen_random_uuid())::uuid), t.a, w.b, t.c FROM (SELECT i.*, ROW(i.a, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.c)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.a, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.c)::text) AS backout_place FROM backout_archive_1.rows_29608 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.pr.id
ALTER TABLE public.pr ALTER COLUMN id SET NOT NULL;
-- table public.pr
DROP TABLE public.backout_rebuilt_16410;
-- table public.pr
GRANT SELECT ON TABLE public.pr TO PUBLIC;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 1, 0) FROM (SELECT ROW(i.a, i.b, i.c, i.id)::text FROM backout_archive_1.rows_29608 i EXCEPT ALL SELECT ROW(i.a, i.b, i.c, i.id)::text FROM ONLY public.pr i) d; forced None; otherwise rows of public.pr were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_29608; if none None
-- default public.pr.id
ALTER TABLE ONLY public.pr ALTER COLUMN id SET DEFAULT gen_random_uuid();

-- tail:
-- table public.pr: analyze
ANALYZE public.pr;

-- rebuilt:
--   public.pr

-- remade:
--   #pg_class:16410:0 table public.pr

-- parts:
--   column public.pr.a
--   column public.pr.b
--   column public.pr.c
--   column public.pr.id
--   default public.pr.id
--   table public.pr

-- renumbered:
--   (#pg_class:16410:0, "table public.pr")
--   (#pg_class:16410:1, "column public.pr.id")
--   (#pg_class:16410:2, "column public.pr.a")
--   (#pg_class:16410:3, "column public.pr.b")
--   (#pg_class:16410:4, "column public.pr.c")
--   (#pg_attrdef:16411:0, "default public.pr.id")
