-- locks:
--   public.v2, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER TABLE public.v2 SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.v2 RENAME TO "16413 v2";
-- view public.v1
CREATE VIEW public.v1 AS SELECT NULL::integer AS a;
-- view public.v2
CREATE VIEW public.v2 AS SELECT NULL::integer AS a;
-- view public.v1
CREATE OR REPLACE VIEW public.v1 AS  SELECT v2.a
   FROM public.v2;
-- view public.v2
CREATE OR REPLACE VIEW public.v2 AS  SELECT v1.a
   FROM public.v1;

-- renumbered:
--   (#pg_class:16410:0, "view public.v1")
--   (#pg_class:16410:1, "column public.v1.a")
--   (#pg_class:16411:0, "view public.v2")
--   (#pg_class:16411:1, "column public.v2.a")

-- moved aside:
--   Moved { id: #pg_class:16413:0, identity: "table public.v2", from_schema: "public", to_schema: "backout_undone_1", name: "v2", kept_as: "16413 v2" }

-- may be set aside:
--   Aside { schema: "public", table: "v2", column: None, copy_schema: "backout_undone_1", copy: "16413 v2", by: Rows, left: None }
