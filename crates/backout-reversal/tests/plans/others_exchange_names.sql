-- steps:
-- text search configuration public.cfg
ALTER TEXT SEARCH CONFIGURATION public.cfg RENAME TO backout_renamed_16416_0;
-- text search configuration public.cfh
ALTER TEXT SEARCH CONFIGURATION public.cfh RENAME TO backout_renamed_16415_0;
-- collation public.co
ALTER COLLATION public.co RENAME TO backout_renamed_16411_0;
-- collation public.cp
ALTER COLLATION public.cp RENAME TO backout_renamed_16410_0;
-- collation public.co
ALTER COLLATION public.backout_renamed_16410_0 RENAME TO co;
-- collation public.cp
ALTER COLLATION public.backout_renamed_16411_0 RENAME TO cp;
-- text search configuration public.cfg
ALTER TEXT SEARCH CONFIGURATION public.backout_renamed_16415_0 RENAME TO cfg;
-- text search configuration public.cfh
ALTER TEXT SEARCH CONFIGURATION public.backout_renamed_16416_0 RENAME TO cfh;

-- parts:
--   column public.ct.id
--   column public.ct.v
--   column public.ct.w
--   constraint ct_pkey on public.ct
--   index public.ct_pkey
--   table public.ct

-- renumbered:
--   (#pg_class:16412:2, "column public.ct.v")
--   (#pg_class:16412:3, "column public.ct.w")
--   (#pg_collation:16410:0, "collation public.co")
--   (#pg_collation:16411:0, "collation public.cp")
--   (#pg_ts_config:16415:0, "text search configuration public.cfg")
--   (#pg_ts_config:16416:0, "text search configuration public.cfh")
