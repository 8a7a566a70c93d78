-- steps:
-- materialized view public.mg
REFRESH MATERIALIZED VIEW public.mg WITH NO DATA;

-- tail:
-- materialized view public.mh: refresh
REFRESH MATERIALIZED VIEW public.mh;

-- renumbered:
--   (#pg_class:16411:0, "materialized view public.mg")
--   (#pg_class:16412:0, "materialized view public.mh")
