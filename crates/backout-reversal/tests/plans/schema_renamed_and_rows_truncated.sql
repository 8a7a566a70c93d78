-- locks:
--   sb.t, ACCESS EXCLUSIVE
--   sb.u, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column sb.t.w
CREATE TABLE backout_undone_1.column_16412_3 (id integer, backout_value integer, PRIMARY KEY (id));

-- steps:
-- column sb.t.w
INSERT INTO backout_undone_1.column_16412_3 (id, backout_value) SELECT id, w FROM sb.t WHERE w IS NOT NULL;
-- what the migration added
ALTER TABLE sb.t DROP COLUMN IF EXISTS w CASCADE;
-- what the migration added
ALTER TABLE sb.u SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.u RENAME TO "16420 u";
-- schema sa
ALTER SCHEMA sb RENAME TO sa;
-- default sa.t.id
ALTER TABLE ONLY sa.t ALTER COLUMN id SET DEFAULT nextval('sa.t_id_seq'::regclass);
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table sa.t
--   expected: 2 rows, otherwise rows that the migration took out of table sa.t did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO sa.t (id, n) OVERRIDING SYSTEM VALUE SELECT m.id, m.n FROM (SELECT i.* FROM backout_archive_1.rows_126946_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_126946_1 o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY sa.t t WHERE t.id = m.id) ON CONFLICT DO NOTHING;

-- parts:
--   column sa.t.id
--   column sa.t.n
--   constraint t_pkey on sa.t
--   default sa.t.id
--   index sa.t_pkey
--   index sa.tn
--   table sa.t

-- renumbered:
--   (#pg_namespace:16410:0, "schema sa")
--   (#pg_class:16411:0, "sequence sa.t_id_seq")
--   (#pg_class:16412:0, "table sa.t")
--   (#pg_class:16414:0, "index sa.t_pkey")
--   (#pg_class:16416:0, "index sa.tn")
--   (#pg_attrdef:16413:0, "default sa.t.id")

-- moved aside:
--   Moved { id: #pg_class:16420:0, identity: "table sb.u", from_schema: "sb", to_schema: "backout_undone_1", name: "u", kept_as: "16420 u" }

-- set aside:
--   SetAside { table: "sb.t", column: "w", copy: "backout_undone_1.column_16412_3", count: "SELECT count(*) FROM sb.t WHERE w IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "sb", table: "t", column: Some("w"), copy_schema: "backout_undone_1", copy: "column_16412_3", by: Key(["id"]), left: None }
--   Aside { schema: "sb", table: "u", column: None, copy_schema: "backout_undone_1", copy: "16420 u", by: Rows, left: None }
