-- locks:
--   public.z, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- default privileges of app_owner in schema public on r
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public REVOKE ALL ON TABLES FROM PUBLIC;
-- what the migration added
REVOKE ALL ON TABLE public.z FROM PUBLIC CASCADE;
-- what the migration added
ALTER TABLE public.z SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.z RENAME TO "16412 z";
-- view public.recent
CREATE VIEW public.recent AS  SELECT p.id,
    p.title,
    u.email
   FROM (public.posts p
     JOIN public.users u ON ((u.id = p.user_id)))
  WHERE ((p.state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]));

-- renumbered:
--   (#pg_class:16404:0, "view public.recent")
--   (#pg_class:16404:1, "column public.recent.id")
--   (#pg_class:16404:2, "column public.recent.title")
--   (#pg_class:16404:3, "column public.recent.email")

-- moved aside:
--   Moved { id: #pg_class:16412:0, identity: "table public.z", from_schema: "public", to_schema: "backout_undone_1", name: "z", kept_as: "16412 z" }

-- may be set aside:
--   Aside { schema: "public", table: "z", column: None, copy_schema: "backout_undone_1", copy: "16412 z", by: Rows, left: None }
