-- locks:
--   public.dd, SHARE ROW EXCLUSIVE

-- steps:
-- table public.dc
CREATE TABLE public.dc (id integer NOT NULL, w text);
-- table public.dc
INSERT INTO public.dc (id, w) OVERRIDING SYSTEM VALUE SELECT id, w FROM backout_archive_1.table_140576 ORDER BY backout_row;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.dd
--   expected: 2 rows, otherwise rows that the migration put into table public.dd stay: they were changed since, or others refer to them
DELETE FROM ONLY public.dd t USING (SELECT i.* FROM backout_archive_1.rows_140583_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_140583_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.c)::text = ROW(p.id, p.c)::text;
-- constraint dc_pkey on public.dc
ALTER TABLE public.dc ADD CONSTRAINT dc_pkey PRIMARY KEY (id);
-- view public.dv
CREATE VIEW public.dv AS  SELECT dc.w
   FROM public.dc;
-- foreign key dd_c_fkey on public.dd
ALTER TABLE public.dd ADD CONSTRAINT dd_c_fkey FOREIGN KEY (c) REFERENCES public.dc(id) DEFERRABLE INITIALLY DEFERRED NOT VALID;

-- tail:
-- foreign key dd_c_fkey on public.dd: validate, public.dd
ALTER TABLE public.dd VALIDATE CONSTRAINT dd_c_fkey;

-- parts:
--   column public.dc.id
--   column public.dc.w
--   column public.dd.c
--   column public.dd.id
--   constraint dc_pkey on public.dc
--   constraint dd_pkey on public.dd
--   foreign key dd_c_fkey on public.dd
--   index public.dc_pkey
--   index public.dd_pkey
--   table public.dc
--   table public.dd

-- renumbered:
--   (#pg_class:16410:0, "table public.dc")
--   (#pg_class:16410:1, "column public.dc.id")
--   (#pg_class:16410:2, "column public.dc.w")
--   (#pg_class:16411:0, "index public.dc_pkey")
--   (#pg_class:16417:0, "view public.dv")
--   (#pg_class:16417:1, "column public.dv.w")
--   (#pg_constraint:16412:0, "constraint dc_pkey on public.dc")
--   (#pg_constraint:16416:0, "foreign key dd_c_fkey on public.dd")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.dd t WHERE t.c IS NOT NULL AND NOT EXISTS (SELECT FROM backout_archive_1.table_140576 f WHERE f.id = t.c) AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, c FROM backout_archive_1.rows_140583_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.c::text IS NOT DISTINCT FROM t.c::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, c FROM backout_archive_1.rows_140583_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text)) OR EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, c FROM backout_archive_1.rows_140583_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.c::text IS NOT DISTINCT FROM t.c::text) AND EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, c FROM backout_archive_1.rows_140583_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text AND true))", keys: Some("SELECT ROW(t.id)::text FROM public.dd t WHERE t.c IS NOT NULL AND NOT EXISTS (SELECT FROM backout_archive_1.table_140576 f WHERE f.id = t.c) AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, c FROM backout_archive_1.rows_140583_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.c::text IS NOT DISTINCT FROM t.c::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, c FROM backout_archive_1.rows_140583_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text)) OR EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, c FROM backout_archive_1.rows_140583_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.c::text IS NOT DISTINCT FROM t.c::text) AND EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, c FROM backout_archive_1.rows_140583_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text AND true)) LIMIT 5"), object: "foreign key dd_c_fkey on public.dd", otherwise: "rows refer to nothing: it holds for new rows only" }
