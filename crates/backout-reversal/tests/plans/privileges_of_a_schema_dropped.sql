-- steps:
-- default privileges of app_owner in schema dr on r
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA dr REVOKE ALL ON TABLES FROM PUBLIC;
-- default privileges of app_owner in schema dq on r
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA dq REVOKE ALL ON TABLES FROM PUBLIC;
-- schema dq
ALTER SCHEMA dr RENAME TO backout_renamed_16414_0;
-- schema ds
ALTER SCHEMA dq RENAME TO ds;
-- schema dq
ALTER SCHEMA backout_renamed_16414_0 RENAME TO dq;
-- schema dp
CREATE SCHEMA dp;
-- table dp.t
ALTER TABLE backout_archive_1."144142 t" SET SCHEMA dp;
-- table dp.t
ALTER TABLE dp."144142 t" RENAME TO t;
-- default privileges of app_owner in schema dp on r
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA dp GRANT SELECT ON TABLES TO PUBLIC;
-- default privileges of app_owner in schema dq on S
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA dq GRANT USAGE ON SEQUENCES TO PUBLIC;
-- table dp.t
GRANT SELECT ON TABLE dp.t TO PUBLIC;
-- view dp.v
CREATE VIEW dp.v AS  SELECT t.id
   FROM dp.t;
-- view dp.v
REVOKE ALL ON TABLE dp.v FROM PUBLIC CASCADE;
-- view dp.v
GRANT SELECT ON TABLE dp.v TO PUBLIC;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column dp.t.id
--   table dp.t

-- renumbered:
--   (#pg_namespace:16410:0, "schema dp")
--   (#pg_namespace:16414:0, "schema dq")
--   (#pg_namespace:16416:0, "schema ds")
--   (#pg_class:16412:0, "table dp.t")
--   (#pg_class:16412:1, "column dp.t.id")
--   (#pg_class:16413:0, "view dp.v")
--   (#pg_class:16413:1, "column dp.v.id")
--   (#pg_default_acl:16411:0, "default privileges of app_owner in schema dp on r")
--   (#pg_default_acl:16415:0, "default privileges of app_owner in schema dq on S")
