-- locks:
--   public.posts, ACCESS EXCLUSIVE

-- steps:
-- table public.posts
ALTER TABLE public.posts RESET (fillfactor, autovacuum_enabled);
-- table public.posts
ALTER TABLE public.posts REPLICA IDENTITY DEFAULT;
-- column public.posts.title
ALTER TABLE ONLY public.posts ALTER COLUMN title SET STATISTICS -1;
-- index public.posts_user
ALTER TABLE public.posts SET WITHOUT CLUSTER;

-- unsupported:
--   column public.posts.title: its type's own storage is not known

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
