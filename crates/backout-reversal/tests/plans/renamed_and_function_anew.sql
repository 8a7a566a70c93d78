-- locks:
--   public.people, ACCESS EXCLUSIVE

-- steps:
-- table public.users
ALTER TABLE public.people RENAME TO users;
-- function public.many()
CREATE OR REPLACE FUNCTION public.many()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$ BEGIN RETURN (SELECT count(*) FROM users u); END $function$
;

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
--   (#pg_proc:16410:0, "function public.many()")
--   (#pg_class:16387:0, "table public.users")
--   (#pg_class:16390:0, "index public.users_pkey")
--   (#pg_class:16392:0, "index public.users_email_key")
--   (#pg_class:16404:0, "view public.recent")
--   (#pg_constraint:16401:0, "foreign key posts_user_id_fkey on public.posts")
--   (#pg_policy:16408:0, "policy via on public.users")
