-- locks:
--   sa.t, ACCESS EXCLUSIVE
--   sa.y, ACCESS EXCLUSIVE
--   sb.t, ACCESS EXCLUSIVE
--   sb.u, ACCESS EXCLUSIVE

-- steps:
-- schema sa
ALTER SCHEMA sb RENAME TO backout_renamed_16410_0;
-- schema sb
ALTER SCHEMA sa RENAME TO backout_renamed_16411_0;
-- schema sa
ALTER SCHEMA backout_renamed_16410_0 RENAME TO sa;
-- schema sb
ALTER SCHEMA backout_renamed_16411_0 RENAME TO sb;
-- table sa.t
ALTER TABLE sa.u RENAME TO backout_renamed_16412_0;
-- table sa.u
ALTER TABLE sa.t RENAME TO backout_renamed_16413_0;
-- table sb.w
ALTER TABLE sb.y RENAME TO w;
-- table sa.t
ALTER TABLE sa.backout_renamed_16412_0 RENAME TO t;
-- table sa.u
ALTER TABLE sa.backout_renamed_16413_0 RENAME TO u;

-- parts:
--   column sa.t.id
--   column sa.u.id
--   column sb.t.v
--   column sb.w.v
--   table sa.t
--   table sa.u
--   table sb.t
--   table sb.w

-- renumbered:
--   (#pg_namespace:16410:0, "schema sa")
--   (#pg_namespace:16411:0, "schema sb")
--   (#pg_class:16412:0, "table sa.t")
--   (#pg_class:16413:0, "table sa.u")
--   (#pg_class:16414:0, "table sb.t")
--   (#pg_class:16415:0, "table sb.w")
