-- steps:
-- constraint "30879 rw_pkey" on backout_archive_1."30872 rw"
ALTER TABLE backout_archive_1."30872 rw" DROP CONSTRAINT IF EXISTS "30879 rw_pkey" CASCADE;
-- table public.rw
ALTER TABLE backout_archive_1."30872 rw" SET SCHEMA public;
-- table public.rw
ALTER TABLE public."30872 rw" RENAME TO rw;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.rw
--   expected: 1 rows, otherwise rows that the migration took out of table public.rw did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.rw (id, w) OVERRIDING SYSTEM VALUE SELECT m.id, m.w FROM (SELECT i.* FROM backout_archive_1.rows_30872_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_30872_1 o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.rw t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.rw
ALTER TABLE public.rw RENAME TO backout_rebuilt_16410;
-- table public.rw
CREATE TABLE public.rw (id uuid NOT NULL, n integer, w text);
-- table public.rw
INSERT INTO public.rw (id, n, w) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.w FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_30872_2 c2 ON c2.id = t.id;
-- table public.rw
DROP TABLE public.backout_rebuilt_16410;
-- default public.rw.id
ALTER TABLE ONLY public.rw ALTER COLUMN id SET DEFAULT gen_random_uuid();
-- constraint rw_pkey on public.rw
--   may clash: Values, at once None
ALTER TABLE public.rw ADD CONSTRAINT rw_pkey PRIMARY KEY (id);

-- tail:
-- table public.rw: analyze
ANALYZE public.rw;

-- rebuilt:
--   public.rw

-- remade:
--   #pg_class:16410:0 table public.rw
--   #pg_class:16412:0 index public.rw_pkey
--   #pg_attrdef:16411:0 default public.rw.id
--   #pg_constraint:16413:0 constraint rw_pkey on public.rw

-- parts:
--   column public.rw.id
--   column public.rw.n
--   column public.rw.w
--   constraint rw_pkey on public.rw
--   default public.rw.id
--   index public.rw_pkey
--   table public.rw

-- renumbered:
--   (#pg_class:16410:0, "table public.rw")
--   (#pg_class:16410:1, "column public.rw.id")
--   (#pg_class:16410:2, "column public.rw.n")
--   (#pg_class:16410:3, "column public.rw.w")
--   (#pg_class:16412:0, "index public.rw_pkey")
--   (#pg_attrdef:16411:0, "default public.rw.id")
--   (#pg_constraint:16413:0, "constraint rw_pkey on public.rw")
