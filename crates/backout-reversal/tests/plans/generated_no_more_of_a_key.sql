-- locks:
--   public.gu, ACCESS EXCLUSIVE

-- steps:
-- constraint gu_pkey on public.gu
ALTER TABLE public.gu DROP CONSTRAINT IF EXISTS gu_pkey CASCADE;
-- table public.gu
ALTER TABLE public.gu RENAME TO backout_rebuilt_16410;
-- table public.gu
CREATE TABLE public.gu (a integer, g integer GENERATED ALWAYS AS ((a * 2)) STORED NOT NULL);
-- table public.gu
INSERT INTO public.gu (a) OVERRIDING SYSTEM VALUE SELECT c1.backout_value FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_166174_1 c1 ON c1.g = t.g;
-- table public.gu
DROP TABLE public.backout_rebuilt_16410;
-- constraint gu_pkey on public.gu
--   may clash: Values, at once None
ALTER TABLE public.gu ADD CONSTRAINT gu_pkey PRIMARY KEY (g);

-- tail:
-- table public.gu: analyze
ANALYZE public.gu;

-- unsupported:
--   column public.gu.g: PostgreSQL cannot make an existing column a generated one

-- rebuilt:
--   public.gu

-- remade:
--   #pg_class:16410:0 table public.gu
--   #pg_class:16411:0 index public.gu_pkey
--   #pg_constraint:16412:0 constraint gu_pkey on public.gu

-- parts:
--   column public.gu.a
--   column public.gu.g
--   constraint gu_pkey on public.gu
--   index public.gu_pkey
--   table public.gu

-- renumbered:
--   (#pg_class:16410:0, "table public.gu")
--   (#pg_class:16410:1, "column public.gu.a")
--   (#pg_class:16410:2, "column public.gu.g")
--   (#pg_class:16411:0, "index public.gu_pkey")
--   (#pg_constraint:16412:0, "constraint gu_pkey on public.gu")
