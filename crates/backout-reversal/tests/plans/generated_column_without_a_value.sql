-- locks:
--   public.g, ACCESS EXCLUSIVE

-- steps:
-- constraint g_pkey on public.g
ALTER TABLE public.g DROP CONSTRAINT IF EXISTS g_pkey CASCADE;
-- table public.g
ALTER TABLE public.g RENAME TO backout_rebuilt_16410;
-- table public.g
CREATE TABLE public.g (id integer NOT NULL, w text, n integer, m integer GENERATED ALWAYS AS ((n * 2)) STORED);
-- table public.g
INSERT INTO public.g (id, w, n) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.n FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_172127_2 c2 ON c2.id = t.id;
-- column public.g.m
--   if all rows of public.g have a value of m
ALTER TABLE public.g ALTER COLUMN m SET NOT NULL;
-- table public.g
DROP TABLE public.backout_rebuilt_16410;
-- constraint g_pkey on public.g
--   may clash: Values, at once None
ALTER TABLE public.g ADD CONSTRAINT g_pkey PRIMARY KEY (id);

-- tail:
-- table public.g: analyze
ANALYZE public.g;

-- rebuilt:
--   public.g

-- remade:
--   #pg_class:16410:0 table public.g
--   #pg_class:16411:0 index public.g_pkey
--   #pg_constraint:16412:0 constraint g_pkey on public.g

-- parts:
--   column public.g.id
--   column public.g.m
--   column public.g.n
--   column public.g.w
--   constraint g_pkey on public.g
--   index public.g_pkey
--   table public.g

-- renumbered:
--   (#pg_class:16410:0, "table public.g")
--   (#pg_class:16410:1, "column public.g.id")
--   (#pg_class:16410:2, "column public.g.w")
--   (#pg_class:16410:3, "column public.g.n")
--   (#pg_class:16410:4, "column public.g.m")
--   (#pg_class:16411:0, "index public.g_pkey")
--   (#pg_constraint:16412:0, "constraint g_pkey on public.g")

-- needs values:
--   NeedsValues { table: "public.g", column: "m", heirs: ["public.g"], forced: false }
