-- locks:
--   public.beside, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- view public.top1
DROP VIEW IF EXISTS public.top1 CASCADE;
-- view public.lower1
DROP VIEW IF EXISTS public.lower1 CASCADE;
-- what the migration added
DROP VIEW IF EXISTS public.cyc CASCADE;
-- what the migration added
ALTER TABLE public.beside SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.beside RENAME TO "16413 beside";
-- view public.lower1
CREATE VIEW public.lower1 AS  SELECT users.id,
    users.email
   FROM public.users;
-- view public.top1
CREATE VIEW public.top1 AS  SELECT l.id
   FROM (public.lower1 l
     JOIN public.posts p ON ((p.user_id = l.id)));

-- remade:
--   #pg_class:16410:0 view public.lower1
--   #pg_class:16411:0 view public.top1

-- renumbered:
--   (#pg_class:16410:0, "view public.lower1")
--   (#pg_class:16411:0, "view public.top1")

-- moved aside:
--   Moved { id: #pg_class:16413:0, identity: "table public.beside", from_schema: "public", to_schema: "backout_undone_1", name: "beside", kept_as: "16413 beside" }

-- may be set aside:
--   Aside { schema: "public", table: "beside", column: None, copy_schema: "backout_undone_1", copy: "16413 beside", by: Rows, left: None }
