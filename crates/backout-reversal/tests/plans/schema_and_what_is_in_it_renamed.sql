-- locks:
--   sb.u, ACCESS EXCLUSIVE
--   sb.x, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column sb.u.x
CREATE TABLE backout_undone_1.column_16414_3 (id integer, backout_value integer, PRIMARY KEY (id));

-- steps:
-- column sb.u.x
INSERT INTO backout_undone_1.column_16414_3 (id, backout_value) SELECT id, x FROM sb.u WHERE x IS NOT NULL;
-- function sb.h(sb.kk)
DROP FUNCTION IF EXISTS sb.h(sb.kk) CASCADE;
-- function sb.g(sb.kk)
DROP FUNCTION IF EXISTS sb.g(sb.kk) CASCADE;
-- what the migration added
ALTER TABLE sb.u DROP COLUMN IF EXISTS x CASCADE;
-- schema sa
ALTER SCHEMA sb RENAME TO sa;
-- function sc.i(integer)
ALTER FUNCTION sa.i(integer) SET SCHEMA sc;
-- type sa.k
ALTER TYPE sa.kk RENAME TO k;
-- sequence sa.t_id_seq
ALTER SEQUENCE sa.u_seq RENAME TO t_id_seq;
-- table sa.t
ALTER TABLE sa.u RENAME TO t;
-- table sc.w
ALTER TABLE sa.x SET SCHEMA sc;
-- table sc.w
ALTER TABLE sc.x RENAME TO w;
-- constraint t_pkey on sa.t
ALTER TABLE sa.t RENAME CONSTRAINT u_pkey TO t_pkey;
-- view sa.v
ALTER VIEW sa.w RENAME TO v;
-- function sc.i(integer)
CREATE OR REPLACE FUNCTION sc.i(integer)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$
;
-- default sa.t.id
ALTER TABLE ONLY sa.t ALTER COLUMN id SET DEFAULT nextval('sa.t_id_seq'::regclass);
-- function sa.f(sa.k)
CREATE OR REPLACE FUNCTION sa.f(sa.k)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$
;
-- function sc.h(sa.k)
CREATE OR REPLACE FUNCTION sc.h(sa.k)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$
;

-- remade:
--   #pg_proc:16412:0 function sa.f(sa.k)
--   #pg_proc:16420:0 function sc.h(sa.k)

-- parts:
--   column sa.t.id
--   column sa.t.k
--   column sc.w.id
--   constraint t_pkey on sa.t
--   constraint w_pkey on sc.w
--   default sa.t.id
--   index sa.t_pkey
--   index sc.w_pkey
--   table sa.t
--   table sc.w

-- renumbered:
--   (#pg_namespace:16410:0, "schema sa")
--   (#pg_type:16411:0, "type sa.k")
--   (#pg_proc:16412:0, "function sa.f(sa.k)")
--   (#pg_proc:16420:0, "function sc.h(sa.k)")
--   (#pg_proc:16421:0, "function sc.i(integer)")
--   (#pg_class:16413:0, "sequence sa.t_id_seq")
--   (#pg_class:16414:0, "table sa.t")
--   (#pg_class:16414:2, "column sa.t.k")
--   (#pg_class:16416:0, "index sa.t_pkey")
--   (#pg_class:16418:0, "view sa.v")
--   (#pg_class:16422:0, "table sc.w")
--   (#pg_class:16423:0, "index sc.w_pkey")
--   (#pg_attrdef:16415:0, "default sa.t.id")
--   (#pg_constraint:16417:0, "constraint t_pkey on sa.t")

-- set aside:
--   SetAside { table: "sb.u", column: "x", copy: "backout_undone_1.column_16414_3", count: "SELECT count(*) FROM sb.u WHERE x IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "sb", table: "u", column: Some("x"), copy_schema: "backout_undone_1", copy: "column_16414_3", by: Key(["id"]), left: None }
