-- steps:
-- schema app
CREATE SCHEMA app;
-- table app.t
ALTER TABLE backout_archive_1."87059 t" SET SCHEMA app;
-- table app.t
ALTER TABLE app."87059 t" RENAME TO t;
-- constraint t_pkey on app.t
ALTER TABLE app.t RENAME CONSTRAINT "87065 t_pkey" TO t_pkey;
-- view app.v
CREATE VIEW app.v AS  SELECT t.id,
    t.v
   FROM app.t;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column app.t.id
--   column app.t.v
--   constraint t_pkey on app.t
--   index app.t_pkey
--   table app.t

-- renumbered:
--   (#pg_namespace:16410:0, "schema app")
--   (#pg_class:16411:0, "table app.t")
--   (#pg_class:16411:1, "column app.t.id")
--   (#pg_class:16411:2, "column app.t.v")
--   (#pg_class:16412:0, "index app.t_pkey")
--   (#pg_class:16414:0, "view app.v")
--   (#pg_class:16414:1, "column app.v.id")
--   (#pg_class:16414:2, "column app.v.v")
--   (#pg_constraint:16413:0, "constraint t_pkey on app.t")
