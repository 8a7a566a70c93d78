-- locks:
--   public.posts, ACCESS EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- steps:
-- table public.users
REVOKE ALL ON TABLE public.users FROM PUBLIC CASCADE;
-- column public.users.id
GRANT SELECT (id) ON TABLE public.users TO PUBLIC;
-- column public.users.email
GRANT SELECT (email) ON TABLE public.users TO PUBLIC;
-- table public.posts
GRANT SELECT ON TABLE public.posts TO PUBLIC;
-- column public.users.email
GRANT SELECT (email) ON TABLE public.users TO PUBLIC;

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
--   (#pg_class:16387:0, "table public.users")
--   (#pg_class:16387:2, "column public.users.email")
--   (#pg_class:16395:0, "table public.posts")
