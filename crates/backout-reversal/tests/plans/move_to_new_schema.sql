-- locks:
--   app.n, ACCESS EXCLUSIVE
--   app.posts, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER TABLE app.n SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.n RENAME TO "16412 n";
-- what the migration added
ALTER TABLE backout_undone_1."16412 n" RENAME CONSTRAINT n_pkey TO "16414 n_pkey";
-- table public.posts
ALTER TABLE app.posts SET SCHEMA public;
-- what the migration added
DROP SCHEMA IF EXISTS app;

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
--   (#pg_class:16394:0, "sequence public.posts_id_seq")
--   (#pg_class:16395:0, "table public.posts")
--   (#pg_class:16399:0, "index public.posts_pkey")
--   (#pg_class:16402:0, "index public.posts_user")
--   (#pg_class:16403:0, "index public.posts_title")
--   (#pg_class:16404:0, "view public.recent")
--   (#pg_trigger:16406:0, "trigger posts_touch on public.posts")
--   (#pg_policy:16408:0, "policy via on public.users")
--   (#pg_statistic_ext:16409:0, "statistics posts_stat on public.posts")

-- moved aside:
--   Moved { id: #pg_class:16412:0, identity: "table app.n", from_schema: "app", to_schema: "backout_undone_1", name: "n", kept_as: "16412 n" }

-- may be set aside:
--   Aside { schema: "app", table: "n", column: None, copy_schema: "backout_undone_1", copy: "16412 n", by: Rows, left: None }
