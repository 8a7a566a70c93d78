-- locks:
--   public.io, ACCESS EXCLUSIVE
--   public.io0, ACCESS EXCLUSIVE

-- steps:
-- index public.io_at
DROP INDEX IF EXISTS public.io_at CASCADE;
-- partition public.io0
--   may clash: Partition, at once None
ALTER TABLE public.io ATTACH PARTITION public.io0 FOR VALUES WITH (modulus 2, remainder 0);
-- index public.io_at
CREATE INDEX io_at ON ONLY public.io USING btree (at);
-- index public.io_at
COMMENT ON INDEX public.io_at IS 'alone';

-- remade:
--   #pg_class:16413:0 index public.io_at

-- parts:
--   column public.io.at
--   column public.io.h
--   column public.io0.at
--   column public.io0.h
--   index public.io_at
--   table public.io
--   table public.io0

-- renumbered:
--   (#pg_class:16411:0, "table public.io0")
--   (#pg_class:16411:1, "column public.io0.at")
--   (#pg_class:16411:2, "column public.io0.h")
--   (#pg_class:16413:0, "index public.io_at")
