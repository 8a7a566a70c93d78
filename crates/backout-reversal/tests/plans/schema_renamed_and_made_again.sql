-- steps:
-- schema sa
ALTER SCHEMA sa RENAME TO backout_renamed_16412_0;
-- schema sa
ALTER SCHEMA sb RENAME TO sa;
-- what the migration added
DROP SCHEMA IF EXISTS backout_renamed_16412_0;

-- renumbered:
--   (#pg_namespace:16410:0, "schema sa")
