-- locks:
--   public.hues, ACCESS EXCLUSIVE

-- steps:
-- constraint hues_pkey on public.hues
ALTER TABLE public.hues DROP CONSTRAINT IF EXISTS hues_pkey CASCADE;
-- type public.hue
ALTER TYPE backout_archive_1."69654 hue" SET SCHEMA public;
-- type public.hue
ALTER TYPE public."69654 hue" RENAME TO hue;
-- table public.hues
ALTER TABLE public.hues RENAME TO backout_rebuilt_16411;
-- table public.hues
CREATE TABLE public.hues (id integer NOT NULL, h public.hue, x text);
-- table public.hues
INSERT INTO public.hues (id, h, x) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value::text::public.hue, t.x FROM ONLY public.backout_rebuilt_16411 t LEFT JOIN backout_archive_1.column_69659_2 c2 ON c2.id = t.id;
-- table public.hues
DROP TABLE public.backout_rebuilt_16411;
-- constraint hues_pkey on public.hues
--   may clash: Values, at once None
ALTER TABLE public.hues ADD CONSTRAINT hues_pkey PRIMARY KEY (id);

-- tail:
-- table public.hues: analyze
ANALYZE public.hues;

-- rebuilt:
--   public.hues

-- remade:
--   #pg_class:16411:0 table public.hues
--   #pg_class:16412:0 index public.hues_pkey
--   #pg_constraint:16413:0 constraint hues_pkey on public.hues

-- parts:
--   column public.hues.h
--   column public.hues.id
--   column public.hues.x
--   constraint hues_pkey on public.hues
--   index public.hues_pkey
--   table public.hues

-- renumbered:
--   (#pg_type:16410:0, "type public.hue")
--   (#pg_class:16411:0, "table public.hues")
--   (#pg_class:16411:1, "column public.hues.id")
--   (#pg_class:16411:2, "column public.hues.h")
--   (#pg_class:16411:3, "column public.hues.x")
--   (#pg_class:16412:0, "index public.hues_pkey")
--   (#pg_constraint:16413:0, "constraint hues_pkey on public.hues")
