-- locks:
--   public.ok, ACCESS EXCLUSIVE

-- steps:
-- constraint ok_pkey on public.ok
ALTER TABLE public.ok DROP CONSTRAINT IF EXISTS ok_pkey CASCADE;
-- collation public.german
CREATE COLLATION public.german (PROVIDER = icu, LOCALE = 'de-DE', DETERMINISTIC = false);
-- table public.ok
ALTER TABLE public.ok RENAME TO backout_rebuilt_16411;
-- table public.ok
CREATE TABLE public.ok (id integer NOT NULL, w text COLLATE public.german, z integer);
-- table public.ok
INSERT INTO public.ok (id, w, z) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value::text, t.z FROM ONLY public.backout_rebuilt_16411 t LEFT JOIN backout_archive_1.column_42083_2 c2 ON c2.id = t.id;
-- table public.ok
DROP TABLE public.backout_rebuilt_16411;
-- constraint ok_pkey on public.ok
--   may clash: Values, at once None
ALTER TABLE public.ok ADD CONSTRAINT ok_pkey PRIMARY KEY (id);

-- tail:
-- table public.ok: analyze
ANALYZE public.ok;

-- rebuilt:
--   public.ok

-- remade:
--   #pg_class:16411:0 table public.ok
--   #pg_class:16412:0 index public.ok_pkey
--   #pg_constraint:16413:0 constraint ok_pkey on public.ok

-- parts:
--   column public.ok.id
--   column public.ok.w
--   column public.ok.z
--   constraint ok_pkey on public.ok
--   index public.ok_pkey
--   table public.ok

-- renumbered:
--   (#pg_class:16411:0, "table public.ok")
--   (#pg_class:16411:1, "column public.ok.id")
--   (#pg_class:16411:2, "column public.ok.w")
--   (#pg_class:16411:3, "column public.ok.z")
--   (#pg_class:16412:0, "index public.ok_pkey")
--   (#pg_constraint:16413:0, "constraint ok_pkey on public.ok")
--   (#pg_collation:16410:0, "collation public.german")
