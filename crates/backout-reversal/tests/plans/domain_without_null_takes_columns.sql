-- locks:
--   public.dm, ACCESS EXCLUSIVE
--   public.dn, ACCESS EXCLUSIVE

-- steps:
-- constraint dm_pkey on public.dm
ALTER TABLE public.dm DROP CONSTRAINT IF EXISTS dm_pkey CASCADE;
-- domain public.must
CREATE DOMAIN public.must AS integer;
-- table public.dm
ALTER TABLE public.dm RENAME TO backout_rebuilt_16412;
-- table public.dm
CREATE TABLE public.dm (id integer NOT NULL, a public.must, b text);
-- table public.dm
INSERT INTO public.dm (id, a, b) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value::text::public.must, t.b FROM ONLY public.backout_rebuilt_16412 t LEFT JOIN backout_archive_1.column_43630_2 c2 ON c2.id = t.id;
-- table public.dm
DROP TABLE public.backout_rebuilt_16412;
-- table public.dn
ALTER TABLE public.dn RENAME TO backout_rebuilt_16415;
-- table public.dn
CREATE TABLE public.dn (a public.must, b text);
-- table public.dn
INSERT INTO public.dn (a, b) OVERRIDING SYSTEM VALUE SELECT w.a::text::public.must, t.b FROM (SELECT i.*, ROW(i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.b)::text) AS backout_place FROM ONLY public.backout_rebuilt_16415 i) t LEFT JOIN (SELECT i.*, ROW(i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.b)::text) AS backout_place FROM backout_archive_1.rows_43637 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.dn
DROP TABLE public.backout_rebuilt_16415;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a::text::public.must, i.b)::text FROM backout_archive_1.rows_43637 i EXCEPT ALL SELECT ROW(i.a, i.b)::text FROM ONLY public.dn i) d; forced None; otherwise rows of public.dn were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_43637; if none None
-- domain public.must
--   may clash: Values, at once None
ALTER DOMAIN public.must SET NOT NULL;
-- constraint dm_pkey on public.dm
--   may clash: Values, at once None
ALTER TABLE public.dm ADD CONSTRAINT dm_pkey PRIMARY KEY (id);
-- constraint must_check on public.must
--   or else: Fallback { statements: ["ALTER DOMAIN public.must ADD CONSTRAINT must_check CHECK ((VALUE > 0)) NOT VALID"], count: "SELECT 'constraint must_check on public.must'", otherwise: "holds only for values to come, since some that were written since do not fit it; mend them", mend: ["ALTER DOMAIN public.must VALIDATE CONSTRAINT must_check"], nullable: [], loosens: Some("constraint must_check on public.must"), rows: None, if_none: [] }
ALTER DOMAIN public.must ADD CONSTRAINT must_check CHECK ((VALUE > 0));

-- tail:
-- table public.dm: analyze
ANALYZE public.dm;
-- table public.dn: analyze
ANALYZE public.dn;

-- rebuilt:
--   public.dm
--   public.dn

-- remade:
--   #pg_class:16412:0 table public.dm
--   #pg_class:16413:0 index public.dm_pkey
--   #pg_class:16415:0 table public.dn
--   #pg_constraint:16414:0 constraint dm_pkey on public.dm

-- parts:
--   column public.dm.a
--   column public.dm.b
--   column public.dm.id
--   column public.dn.a
--   column public.dn.b
--   constraint dm_pkey on public.dm
--   index public.dm_pkey
--   table public.dm
--   table public.dn

-- renumbered:
--   (#pg_type:16410:0, "domain public.must")
--   (#pg_class:16412:0, "table public.dm")
--   (#pg_class:16412:1, "column public.dm.id")
--   (#pg_class:16412:2, "column public.dm.a")
--   (#pg_class:16412:3, "column public.dm.b")
--   (#pg_class:16413:0, "index public.dm_pkey")
--   (#pg_class:16415:0, "table public.dn")
--   (#pg_class:16415:1, "column public.dn.a")
--   (#pg_class:16415:2, "column public.dn.b")
--   (#pg_constraint:16411:0, "constraint must_check on public.must")
--   (#pg_constraint:16414:0, "constraint dm_pkey on public.dm")
