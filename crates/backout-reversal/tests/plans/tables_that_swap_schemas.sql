-- locks:
--   sa.t, ACCESS EXCLUSIVE
--   sb.t, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column sb.t.x
CREATE TABLE backout_undone_1.column_16413_4 (id integer, backout_value integer, PRIMARY KEY (id));

-- steps:
-- column sb.t.x
INSERT INTO backout_undone_1.column_16413_4 (id, backout_value) SELECT id, x FROM sb.t WHERE x IS NOT NULL;
-- view public.sv
DROP VIEW IF EXISTS public.sv CASCADE;
-- what the migration added
ALTER TABLE sb.t DROP COLUMN IF EXISTS x CASCADE;
-- function sa.f(integer)
ALTER FUNCTION sb.g(integer) SET SCHEMA sa;
-- function sa.f(integer)
ALTER FUNCTION sa.g(integer) RENAME TO backout_renamed_16427_0;
-- function sb.f(integer)
ALTER FUNCTION sa.f(integer) SET SCHEMA sb;
-- type sa.e
CREATE SCHEMA backout_between_1_1;
-- type sa.e
ALTER TYPE sb.e SET SCHEMA backout_between_1_1;
-- type sb.e
ALTER TYPE sa.e SET SCHEMA sb;
-- table sa.t
CREATE SCHEMA backout_between_1_2;
-- table sa.t
ALTER TABLE sb.t SET SCHEMA backout_between_1_2;
-- table sb.t
ALTER TABLE sa.t SET SCHEMA sb;
-- column sa.t.v
ALTER TABLE backout_between_1_2.t RENAME COLUMN vv TO v;
-- function sa.f(integer)
ALTER FUNCTION sa.backout_renamed_16427_0(integer) RENAME TO f;
-- type sa.e
ALTER TYPE backout_between_1_1.e SET SCHEMA sa;
-- table sa.t
ALTER TABLE backout_between_1_2.t SET SCHEMA sa;
-- constraint t_w_key on sa.t
ALTER TABLE sa.t RENAME CONSTRAINT other TO t_w_key;
-- index sa.same
ALTER INDEX sa.another RENAME TO same;
-- where something waited for its place
DROP SCHEMA backout_between_1_1;
-- where something waited for its place
DROP SCHEMA backout_between_1_2;
-- function sa.f(integer)
CREATE OR REPLACE FUNCTION sa.f(integer)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$
;
-- function sb.f(integer)
CREATE OR REPLACE FUNCTION sb.f(integer)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 2$function$
;
-- default sa.t.id
ALTER TABLE ONLY sa.t ALTER COLUMN id SET DEFAULT nextval('sa.t_id_seq'::regclass);
-- default sb.t.id
ALTER TABLE ONLY sb.t ALTER COLUMN id SET DEFAULT nextval('sb.t_id_seq'::regclass);
-- view public.sv
CREATE VIEW public.sv AS  SELECT a.v,
    b.n
   FROM (sa.t a
     JOIN sb.t b USING (id));

-- remade:
--   #pg_class:16426:0 view public.sv

-- parts:
--   column sa.t.id
--   column sa.t.v
--   column sa.t.w
--   column sb.t.id
--   column sb.t.n
--   constraint t_pkey on sa.t
--   constraint t_pkey on sb.t
--   constraint t_w_key on sa.t
--   default sa.t.id
--   default sb.t.id
--   index sa.same
--   index sa.t_pkey
--   index sa.t_w_key
--   index sb.same
--   index sb.t_pkey
--   table sa.t
--   table sb.t

-- renumbered:
--   (#pg_type:16430:0, "type sa.e")
--   (#pg_type:16431:0, "type sb.e")
--   (#pg_proc:16427:0, "function sa.f(integer)")
--   (#pg_proc:16428:0, "function sb.f(integer)")
--   (#pg_class:16412:0, "sequence sa.t_id_seq")
--   (#pg_class:16413:0, "table sa.t")
--   (#pg_class:16413:2, "column sa.t.v")
--   (#pg_class:16415:0, "index sa.t_pkey")
--   (#pg_class:16417:0, "index sa.t_w_key")
--   (#pg_class:16419:0, "sequence sb.t_id_seq")
--   (#pg_class:16420:0, "table sb.t")
--   (#pg_class:16422:0, "index sb.t_pkey")
--   (#pg_class:16424:0, "index sa.same")
--   (#pg_class:16425:0, "index sb.same")
--   (#pg_class:16426:0, "view public.sv")
--   (#pg_attrdef:16414:0, "default sa.t.id")
--   (#pg_attrdef:16421:0, "default sb.t.id")
--   (#pg_constraint:16418:0, "constraint t_w_key on sa.t")

-- set aside:
--   SetAside { table: "sb.t", column: "x", copy: "backout_undone_1.column_16413_4", count: "SELECT count(*) FROM sb.t WHERE x IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "sb", table: "t", column: Some("x"), copy_schema: "backout_undone_1", copy: "column_16413_4", by: Key(["id"]), left: None }
