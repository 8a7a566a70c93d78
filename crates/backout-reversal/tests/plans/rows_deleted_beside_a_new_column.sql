-- locks:
--   public.al, ACCESS EXCLUSIVE
--   public.cb, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.cb.at
CREATE TABLE backout_undone_1.column_16410_4 (id integer, backout_value timestamp with time zone, PRIMARY KEY (id));
-- column public.cb.al
CREATE TABLE backout_undone_1.column_16410_5 (id integer, backout_value integer, PRIMARY KEY (id));
-- table public.cb
CREATE TABLE backout_archive_1.rows_71498_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.code FROM (SELECT i.*, ROW(i.id, i.code)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_71498_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.code)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.cb.at
INSERT INTO backout_undone_1.column_16410_4 (id, backout_value) SELECT id, at FROM public.cb WHERE at IS NOT NULL;
-- column public.cb.al
INSERT INTO backout_undone_1.column_16410_5 (id, backout_value) SELECT id, al FROM public.cb WHERE al IS NOT NULL;
-- foreign key cb_al_fkey on public.cb
ALTER TABLE public.cb DROP CONSTRAINT IF EXISTS cb_al_fkey CASCADE;
-- index public.cb_id_code_idx
DROP INDEX IF EXISTS public.cb_id_code_idx CASCADE;
-- constraint cb_pkey on public.cb
ALTER TABLE public.cb DROP CONSTRAINT IF EXISTS cb_pkey CASCADE;
-- what the migration added
ALTER TABLE public.cb DROP COLUMN IF EXISTS at CASCADE;
-- what the migration added
ALTER TABLE public.cb DROP COLUMN IF EXISTS al CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.cb
--   expected: 3 rows, otherwise rows that the migration took out of table public.cb did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.cb (id, code) OVERRIDING SYSTEM VALUE SELECT m.id, m.code FROM (SELECT i.* FROM backout_archive_1.rows_71498_1_sum i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_71498_1_sum o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.cb t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.cb
ALTER TABLE public.cb RENAME TO backout_rebuilt_16410;
-- table public.cb
CREATE TABLE public.cb (sid text, id integer NOT NULL, code integer);
-- table public.cb
INSERT INTO public.cb (sid, id, code) OVERRIDING SYSTEM VALUE SELECT c1.backout_value, t.id, t.code FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_71498_1 c1 ON c1.id = t.id;
-- table public.cb
DROP TABLE public.backout_rebuilt_16410;
-- constraint cb_pkey on public.cb
--   may clash: Values, at once None
ALTER TABLE public.cb ADD CONSTRAINT cb_pkey PRIMARY KEY (id);

-- tail:
-- table public.cb: analyze
ANALYZE public.cb;

-- rebuilt:
--   public.cb

-- remade:
--   #pg_class:16410:0 table public.cb
--   #pg_class:16411:0 index public.cb_pkey
--   #pg_constraint:16412:0 constraint cb_pkey on public.cb

-- parts:
--   column public.cb.code
--   column public.cb.id
--   column public.cb.sid
--   constraint cb_pkey on public.cb
--   index public.cb_pkey
--   table public.cb

-- renumbered:
--   (#pg_class:16410:0, "table public.cb")
--   (#pg_class:16410:1, "column public.cb.sid")
--   (#pg_class:16410:2, "column public.cb.id")
--   (#pg_class:16410:3, "column public.cb.code")
--   (#pg_class:16411:0, "index public.cb_pkey")
--   (#pg_constraint:16412:0, "constraint cb_pkey on public.cb")

-- set aside:
--   SetAside { table: "public.cb", column: "at", copy: "backout_undone_1.column_16410_4", count: "SELECT count(*) FROM public.cb WHERE at IS NOT NULL" }
--   SetAside { table: "public.cb", column: "al", copy: "backout_undone_1.column_16410_5", count: "SELECT count(*) FROM public.cb WHERE al IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "cb", column: Some("at"), copy_schema: "backout_undone_1", copy: "column_16410_4", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "cb", column: Some("al"), copy_schema: "backout_undone_1", copy: "column_16410_5", by: Key(["id"]), left: None }
