-- locks:
--   public.posts, ACCESS EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
DROP POLICY IF EXISTS own ON public.posts CASCADE;
-- table public.posts
ALTER TABLE public.posts NO FORCE ROW LEVEL SECURITY;
-- policy own on public.posts
CREATE POLICY own ON public.posts AS PERMISSIVE FOR SELECT USING (((user_id = 1) OR ((state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]))));
-- policy via on public.users
CREATE POLICY via ON public.users AS PERMISSIVE FOR ALL USING ((EXISTS ( SELECT 1
   FROM public.posts
  WHERE (posts.user_id = users.id))));

-- parts:
--   column public.posts.at
--   column public.posts.id
--   column public.posts.state
--   column public.posts.title
--   column public.posts.user_id
--   column public.users.email
--   column public.users.id
--   column public.users.mood
--   column public.users.note
--   constraint posts_pkey on public.posts
--   constraint posts_state_check on public.posts
--   constraint users_email_key on public.users
--   constraint users_pkey on public.users
--   default public.posts.at
--   default public.posts.state
--   default public.users.id
--   default public.users.mood
--   foreign key posts_user_id_fkey on public.posts
--   index public.posts_pkey
--   index public.posts_title
--   index public.posts_user
--   index public.users_email_key
--   index public.users_pkey
--   policy own on public.posts
--   policy via on public.users
--   statistics posts_stat on public.posts
--   table public.posts
--   table public.users
--   trigger posts_touch on public.posts

-- renumbered:
--   (#pg_class:16395:0, "table public.posts")
--   (#pg_policy:16407:0, "policy own on public.posts")
--   (#pg_policy:16408:0, "policy via on public.users")
