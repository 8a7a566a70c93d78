-- locks:
--   public.jd, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.jd.j
CREATE TABLE backout_undone_1.column_16410_2 (id integer, backout_value json, PRIMARY KEY (id));
-- column public.jd.p
CREATE TABLE backout_undone_1.column_16410_3 (id integer, backout_value point, PRIMARY KEY (id));
-- column public.jd.x
CREATE TABLE backout_undone_1.column_16410_4 (id integer, backout_value xml, PRIMARY KEY (id));
-- column public.jd.a
CREATE TABLE backout_undone_1.column_16410_5 (id integer, backout_value json[], PRIMARY KEY (id));
-- column public.jd.b
CREATE TABLE backout_undone_1.column_16410_6 (id integer, backout_value jsonb, PRIMARY KEY (id));
-- column public.jd.y
CREATE TABLE backout_undone_1.column_16410_7 (id integer, backout_value polygon, PRIMARY KEY (id));

-- steps:
-- column public.jd.j
INSERT INTO backout_undone_1.column_16410_2 (id, backout_value) SELECT id, j FROM public.jd WHERE j::text IS DISTINCT FROM (('{}'::json)::json)::text;
-- column public.jd.p
INSERT INTO backout_undone_1.column_16410_3 (id, backout_value) SELECT id, p FROM public.jd WHERE p::text IS DISTINCT FROM (('(0,0)'::point)::point)::text;
-- column public.jd.x
INSERT INTO backout_undone_1.column_16410_4 (id, backout_value) SELECT id, x FROM public.jd WHERE x::text IS DISTINCT FROM (('<a/>'::xml)::xml)::text;
-- column public.jd.a
INSERT INTO backout_undone_1.column_16410_5 (id, backout_value) SELECT id, a FROM public.jd WHERE a::text IS DISTINCT FROM (('{}'::json[])::json[])::text;
-- column public.jd.b
INSERT INTO backout_undone_1.column_16410_6 (id, backout_value) SELECT id, b FROM public.jd WHERE b::text IS DISTINCT FROM (('{}'::jsonb)::jsonb)::text;
-- column public.jd.y
INSERT INTO backout_undone_1.column_16410_7 (id, backout_value) SELECT id, y FROM public.jd WHERE y::text IS DISTINCT FROM (('((0,0),(1,1))'::polygon)::polygon)::text;
-- what the migration added
ALTER TABLE public.jd DROP COLUMN IF EXISTS j CASCADE;
-- what the migration added
ALTER TABLE public.jd DROP COLUMN IF EXISTS p CASCADE;
-- what the migration added
ALTER TABLE public.jd DROP COLUMN IF EXISTS x CASCADE;
-- what the migration added
ALTER TABLE public.jd DROP COLUMN IF EXISTS a CASCADE;
-- what the migration added
ALTER TABLE public.jd DROP COLUMN IF EXISTS b CASCADE;
-- what the migration added
ALTER TABLE public.jd DROP COLUMN IF EXISTS y CASCADE;

-- set aside:
--   SetAside { table: "public.jd", column: "j", copy: "backout_undone_1.column_16410_2", count: "SELECT count(*) FROM public.jd WHERE j::text IS DISTINCT FROM (('{}'::json)::json)::text" }
--   SetAside { table: "public.jd", column: "p", copy: "backout_undone_1.column_16410_3", count: "SELECT count(*) FROM public.jd WHERE p::text IS DISTINCT FROM (('(0,0)'::point)::point)::text" }
--   SetAside { table: "public.jd", column: "x", copy: "backout_undone_1.column_16410_4", count: "SELECT count(*) FROM public.jd WHERE x::text IS DISTINCT FROM (('<a/>'::xml)::xml)::text" }
--   SetAside { table: "public.jd", column: "a", copy: "backout_undone_1.column_16410_5", count: "SELECT count(*) FROM public.jd WHERE a::text IS DISTINCT FROM (('{}'::json[])::json[])::text" }
--   SetAside { table: "public.jd", column: "b", copy: "backout_undone_1.column_16410_6", count: "SELECT count(*) FROM public.jd WHERE b::text IS DISTINCT FROM (('{}'::jsonb)::jsonb)::text" }
--   SetAside { table: "public.jd", column: "y", copy: "backout_undone_1.column_16410_7", count: "SELECT count(*) FROM public.jd WHERE y::text IS DISTINCT FROM (('((0,0),(1,1))'::polygon)::polygon)::text" }

-- may be set aside:
--   Aside { schema: "public", table: "jd", column: Some("j"), copy_schema: "backout_undone_1", copy: "column_16410_2", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "jd", column: Some("p"), copy_schema: "backout_undone_1", copy: "column_16410_3", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "jd", column: Some("x"), copy_schema: "backout_undone_1", copy: "column_16410_4", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "jd", column: Some("a"), copy_schema: "backout_undone_1", copy: "column_16410_5", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "jd", column: Some("b"), copy_schema: "backout_undone_1", copy: "column_16410_6", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "jd", column: Some("y"), copy_schema: "backout_undone_1", copy: "column_16410_7", by: Key(["id"]), left: None }
