-- locks:
--   public.on2, ACCESS EXCLUSIVE
--   public.ot, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1
--   backout_undone_1_2

-- steps:
-- view public.ov
DROP VIEW IF EXISTS public.ov CASCADE;
-- what the migration added
ALTER TABLE ONLY public.on2 ALTER COLUMN b DROP DEFAULT;
-- what the migration added
ALTER TABLE ONLY public.ot ALTER COLUMN b DROP DEFAULT;
-- what the migration added
ALTER TABLE public.on2 SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.on2 RENAME TO "16421 on2";
-- what the migration added
ALTER TABLE backout_undone_1."16421 on2" RENAME CONSTRAINT on2_id_check TO "16423 on2_id_check";
-- what the migration added
ALTER TABLE backout_undone_1."16421 on2" RENAME CONSTRAINT on2_pkey TO "16425 on2_pkey";
-- operator public.===(integer,integer)
ALTER OPERATOR public.===(integer,integer) SET SCHEMA backout_undone_1;
-- operator public.===(integer,integer)
CREATE OPERATOR public.=== (FUNCTION = public.same, LEFTARG = integer, RIGHTARG = integer);
-- function public.ofn(integer)
CREATE OR REPLACE FUNCTION public.ofn(integer)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
BEGIN ATOMIC
 SELECT ($1 OPERATOR(public.===) 1);
END
;
-- default public.ot.b
ALTER TABLE ONLY public.ot ALTER COLUMN b SET DEFAULT (1 OPERATOR(public.===) 2);
-- view public.ov
CREATE VIEW public.ov AS  SELECT (1 OPERATOR(public.===) 2) AS a;
-- operator public.===(integer,integer)
ALTER OPERATOR backout_undone_1.===(integer,integer) SET SCHEMA backout_undone_1_2;

-- remade:
--   #pg_class:16412:0 view public.ov

-- parts:
--   column public.ot.b
--   column public.ot.id
--   constraint ot_pkey on public.ot
--   default public.ot.b
--   index public.ot_pkey
--   table public.ot

-- renumbered:
--   (#pg_proc:16417:0, "function public.ofn(integer)")
--   (#pg_class:16412:0, "view public.ov")
--   (#pg_attrdef:16414:0, "default public.ot.b")
--   (#pg_operator:16411:0, "operator public.===(integer,integer)")

-- moved aside:
--   Moved { id: #pg_class:16421:0, identity: "table public.on2", from_schema: "public", to_schema: "backout_undone_1", name: "on2", kept_as: "16421 on2" }

-- may be set aside:
--   Aside { schema: "public", table: "on2", column: None, copy_schema: "backout_undone_1", copy: "16421 on2", by: Rows, left: None }
