-- locks:
--   public.extra, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- view public.over
DROP VIEW IF EXISTS public.over CASCADE;
-- view public.upper
DROP VIEW IF EXISTS public.upper CASCADE;
-- what the migration added
ALTER TABLE public.extra SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.extra RENAME TO "16413 extra";
-- view public.upper
CREATE VIEW public.upper AS  SELECT u.id AS x
   FROM (public.users u
     JOIN public.posts p ON ((p.user_id = u.id)))
  GROUP BY u.id;
-- view public.over
CREATE VIEW public.over AS  SELECT upper.x
   FROM public.upper;
-- view public.over
GRANT SELECT ON TABLE public.over TO PUBLIC;

-- remade:
--   #pg_class:16410:0 view public.upper
--   #pg_class:16411:0 view public.over

-- renumbered:
--   (#pg_class:16410:0, "view public.upper")
--   (#pg_class:16411:0, "view public.over")

-- moved aside:
--   Moved { id: #pg_class:16413:0, identity: "table public.extra", from_schema: "public", to_schema: "backout_undone_1", name: "extra", kept_as: "16413 extra" }

-- may be set aside:
--   Aside { schema: "public", table: "extra", column: None, copy_schema: "backout_undone_1", copy: "16413 extra", by: Rows, left: None }
