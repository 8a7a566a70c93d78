-- locks:
--   public.posts, ACCESS EXCLUSIVE

-- steps:
-- table public.posts
COMMENT ON TABLE public.posts IS 'what they wrote';
-- column public.posts.title
COMMENT ON COLUMN public.posts.title IS 'it''s a title';
-- index public.posts_user
COMMENT ON INDEX public.posts_user IS NULL;

-- parts:
--   column public.posts.at
--   column public.posts.id
--   column public.posts.state
--   column public.posts.title
--   column public.posts.user_id
--   constraint posts_pkey on public.posts
--   constraint posts_state_check on public.posts
--   default public.posts.at
--   default public.posts.state
--   foreign key posts_user_id_fkey on public.posts
--   index public.posts_pkey
--   index public.posts_title
--   index public.posts_user
--   policy own on public.posts
--   statistics posts_stat on public.posts
--   table public.posts
--   trigger posts_touch on public.posts

-- renumbered:
--   (#pg_class:16395:0, "table public.posts")
--   (#pg_class:16395:3, "column public.posts.title")
--   (#pg_class:16402:0, "index public.posts_user")
