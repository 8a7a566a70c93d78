-- locks:
--   public.posts, ACCESS EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.users.plan
CREATE TABLE backout_undone_1.column_16387_5 (id integer, backout_value text, PRIMARY KEY (id));

-- steps:
-- column public.users.plan
INSERT INTO backout_undone_1.column_16387_5 (id, backout_value) SELECT id, plan FROM public.users WHERE plan IS NOT NULL;
-- what the migration added
ALTER TABLE ONLY public.users ALTER COLUMN note DROP DEFAULT;
-- what the migration added
ALTER TABLE public.users DROP COLUMN IF EXISTS plan CASCADE;
-- table public.users
ALTER TABLE public.users RESET (fillfactor);
-- table public.users
ALTER TABLE public.users DISABLE ROW LEVEL SECURITY;
-- table public.users
COMMENT ON TABLE public.users IS NULL;
-- column public.users.note
COMMENT ON COLUMN public.users.note IS NULL;
-- column public.posts.title
--   if all rows of public.posts have a value of title
ALTER TABLE public.posts ALTER COLUMN title SET NOT NULL;
-- view public.recent
CREATE VIEW public.recent AS  SELECT p.id,
    p.title,
    u.email
   FROM (public.posts p
     JOIN public.users u ON ((u.id = p.user_id)))
  WHERE ((p.state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]));

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
--   (#pg_class:16387:4, "column public.users.note")
--   (#pg_class:16395:3, "column public.posts.title")
--   (#pg_class:16404:0, "view public.recent")
--   (#pg_class:16404:1, "column public.recent.id")
--   (#pg_class:16404:2, "column public.recent.title")
--   (#pg_class:16404:3, "column public.recent.email")

-- set aside:
--   SetAside { table: "public.users", column: "plan", copy: "backout_undone_1.column_16387_5", count: "SELECT count(*) FROM public.users WHERE plan IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("plan"), copy_schema: "backout_undone_1", copy: "column_16387_5", by: Key(["id"]), left: None }

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.posts t WHERE t.title IS NULL", keys: Some("SELECT ROW(t.id)::text FROM public.posts t WHERE t.title IS NULL LIMIT 5"), object: "column public.posts.title", otherwise: "rows have no value for it: it stays nullable" }

-- needs values:
--   NeedsValues { table: "public.posts", column: "title", heirs: ["public.posts"], forced: false }
