-- steps:
-- view public.recent
DROP VIEW IF EXISTS public.recent CASCADE;
-- view public.recent
CREATE VIEW public.recent AS  SELECT p.id,
    p.title,
    u.email
   FROM (public.posts p
     JOIN public.users u ON ((u.id = p.user_id)))
  WHERE ((p.state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]));

-- remade:
--   #pg_class:16404:0 view public.recent

-- renumbered:
--   (#pg_class:16404:0, "view public.recent")
