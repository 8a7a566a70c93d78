-- locks:
--   public.posts, ACCESS EXCLUSIVE

-- steps:
-- constraint posts_pkey on public.posts
ALTER TABLE public.posts RENAME CONSTRAINT pk TO posts_pkey;
-- index public.posts_user
ALTER INDEX public.posts_u RENAME TO posts_user;
-- trigger posts_touch on public.posts
ALTER TRIGGER tt ON public.posts RENAME TO posts_touch;

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
--   (#pg_class:16399:0, "index public.posts_pkey")
--   (#pg_class:16402:0, "index public.posts_user")
--   (#pg_constraint:16400:0, "constraint posts_pkey on public.posts")
--   (#pg_trigger:16406:0, "trigger posts_touch on public.posts")
