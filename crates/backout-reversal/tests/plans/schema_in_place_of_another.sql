-- locks:
--   sp.new, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER TABLE sp.new SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.new RENAME TO "16421 new";
-- table sp.gone
ALTER TABLE backout_archive_1."146914 gone" SET SCHEMA sp;
-- table sp.gone
ALTER TABLE sp."146914 gone" RENAME TO gone;
-- schema sp
COMMENT ON SCHEMA sp IS 'old';
-- schema sp
GRANT USAGE ON SCHEMA sp TO PUBLIC;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column sp.gone.i
--   table sp.gone

-- renumbered:
--   (#pg_namespace:16420:0, "schema sp")
--   (#pg_class:16417:0, "table sp.gone")
--   (#pg_class:16417:1, "column sp.gone.i")

-- moved aside:
--   Moved { id: #pg_class:16421:0, identity: "table sp.new", from_schema: "sp", to_schema: "backout_undone_1", name: "new", kept_as: "16421 new" }

-- may be set aside:
--   Aside { schema: "sp", table: "new", column: None, copy_schema: "backout_undone_1", copy: "16421 new", by: Rows, left: None }
