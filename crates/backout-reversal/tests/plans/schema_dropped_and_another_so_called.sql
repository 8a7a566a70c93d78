-- locks:
--   sa.t, ACCESS EXCLUSIVE

-- steps:
-- schema sb
ALTER SCHEMA sa RENAME TO sb;
-- schema sa
CREATE SCHEMA sa;
-- table sa.t
ALTER TABLE backout_archive_1."158415 t" SET SCHEMA sa;
-- table sa.t
ALTER TABLE sa."158415 t" RENAME TO t;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column sa.t.id
--   column sb.t.v
--   table sa.t
--   table sb.t

-- renumbered:
--   (#pg_namespace:16410:0, "schema sa")
--   (#pg_namespace:16412:0, "schema sb")
--   (#pg_class:16411:0, "table sa.t")
--   (#pg_class:16411:1, "column sa.t.id")
--   (#pg_class:16413:0, "table sb.t")
