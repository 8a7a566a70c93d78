-- steps:
-- type public.spec
COMMENT ON COLUMN public.spec.a IS NULL;
-- type public.spec
COMMENT ON COLUMN public.spec.b IS 'b';
-- type public.gone
CREATE TYPE public.gone AS (a text, b integer);
-- type public.gone
COMMENT ON COLUMN public.gone.a IS 'it''s';

-- renumbered:
--   (#pg_type:16410:0, "type public.spec")
--   (#pg_type:16411:0, "type public.gone")
