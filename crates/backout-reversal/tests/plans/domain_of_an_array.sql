-- steps:
-- domain public.da
CREATE DOMAIN public.da AS integer[];

-- renumbered:
--   (#pg_type:16410:0, "domain public.da")
