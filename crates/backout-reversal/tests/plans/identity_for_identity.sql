-- locks:
--   public.ii, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.ii."x y"
CREATE TABLE backout_undone_1.column_16411_4 (a double precision, b timestamp with time zone, backout_value bigint, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

-- steps:
-- column public.ii."x y"
INSERT INTO backout_undone_1.column_16411_4 (a, b, backout_value) SELECT a, b, "x y" FROM public.ii WHERE "x y" IS NOT NULL;
-- what the migration added
ALTER TABLE public.ii DROP COLUMN IF EXISTS "x y" CASCADE;
-- table public.ii
ALTER TABLE public.ii RENAME TO backout_rebuilt_16411;
-- table public.ii
CREATE TABLE public.ii (id bigint, a double precision NOT NULL, b timestamp with time zone);
-- table public.ii
INSERT INTO public.ii (id, a, b) OVERRIDING SYSTEM VALUE SELECT coalesce(w.id, 2 + 1 * (pg_catalog.row_number() OVER (PARTITION BY w.id IS NULL))), t.a, t.b FROM (SELECT i.*, ROW(i.a, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.b)::text) AS backout_place FROM ONLY public.backout_rebuilt_16411 i) t LEFT JOIN (SELECT i.*, ROW(i.a, i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.b)::text) AS backout_place FROM backout_archive_1.rows_29767 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.ii.id
ALTER TABLE public.ii ALTER COLUMN id SET NOT NULL;
-- column public.ii.id
ALTER TABLE public.ii ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.ii_id_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);
-- table public.ii
DROP TABLE public.backout_rebuilt_16411;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.id)::text FROM backout_archive_1.rows_29767 i EXCEPT ALL SELECT ROW(i.a, i.b, i.id)::text FROM ONLY public.ii i) d; forced None; otherwise rows of public.ii were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_29767; if none None
-- constraint ii_pkey on public.ii
--   may clash: Values, at once None
ALTER TABLE public.ii ADD CONSTRAINT ii_pkey PRIMARY KEY (id, a);
-- sequence public.ii_id_seq
SELECT CASE WHEN m.top > 2 THEN pg_catalog.setval('public.ii_id_seq', m.top, true) ELSE pg_catalog.setval('public.ii_id_seq', 2, true) END FROM (SELECT max(id) AS top FROM public.ii) m;

-- tail:
-- table public.ii: analyze
ANALYZE public.ii;

-- rebuilt:
--   public.ii

-- remade:
--   #pg_class:16411:0 table public.ii

-- parts:
--   column public.ii.a
--   column public.ii.b
--   column public.ii.id
--   constraint ii_pkey on public.ii
--   index public.ii_pkey
--   table public.ii

-- renumbered:
--   (#pg_class:16410:0, "sequence public.ii_id_seq")
--   (#pg_class:16411:0, "table public.ii")
--   (#pg_class:16411:1, "column public.ii.id")
--   (#pg_class:16411:2, "column public.ii.a")
--   (#pg_class:16411:3, "column public.ii.b")
--   (#pg_class:16412:0, "index public.ii_pkey")
--   (#pg_constraint:16413:0, "constraint ii_pkey on public.ii")

-- set aside:
--   SetAside { table: "public.ii", column: "x y", copy: "backout_undone_1.column_16411_4", count: "SELECT count(*) FROM public.ii WHERE \"x y\" IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "ii", column: Some("x y"), copy_schema: "backout_undone_1", copy: "column_16411_4", by: Place(["a", "b"]), left: None }
