-- locks:
--   public.moods, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER TYPE public.mood SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE public.moods SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TYPE backout_undone_1.mood RENAME TO "16412 mood";
-- what the migration added
ALTER TABLE backout_undone_1.moods RENAME TO "16413 moods";
-- what the migration added
ALTER TABLE backout_undone_1."16413 moods" RENAME CONSTRAINT moods_pkey TO "16415 moods_pkey";
-- type public.mood
ALTER TYPE backout_archive_1."91390 mood" SET SCHEMA public;
-- table public.users
ALTER TABLE backout_archive_1."91396 users" SET SCHEMA public;
-- table public.posts
ALTER TABLE backout_archive_1."91408 posts" SET SCHEMA public;
-- statistics posts_stat on public.posts
ALTER STATISTICS backout_archive_1."91433 posts_stat" SET SCHEMA public;
-- type public.mood
ALTER TYPE public."91390 mood" RENAME TO mood;
-- sequence public.users_id_seq
ALTER SEQUENCE public."91395 users_id_seq" RENAME TO users_id_seq;
-- sequence public.posts_id_seq
ALTER SEQUENCE public."91407 posts_id_seq" RENAME TO posts_id_seq;
-- table public.users
ALTER TABLE public."91396 users" RENAME TO users;
-- table public.posts
ALTER TABLE public."91408 posts" RENAME TO posts;
-- constraint users_pkey on public.users
ALTER TABLE public.users RENAME CONSTRAINT "91404 users_pkey" TO users_pkey;
-- constraint users_email_key on public.users
ALTER TABLE public.users RENAME CONSTRAINT "91406 users_email_key" TO users_email_key;
-- constraint posts_state_check on public.posts
ALTER TABLE public.posts RENAME CONSTRAINT "91413 posts_state_check" TO posts_state_check;
-- constraint posts_pkey on public.posts
ALTER TABLE public.posts RENAME CONSTRAINT "91417 posts_pkey" TO posts_pkey;
-- index public.posts_user
ALTER INDEX public."91423 posts_user" RENAME TO posts_user;
-- index public.posts_title
ALTER INDEX public."91424 posts_title" RENAME TO posts_title;
-- statistics posts_stat on public.posts
ALTER STATISTICS public."91433 posts_stat" RENAME TO posts_stat;
-- table public.posts
GRANT SELECT ON TABLE public.posts TO PUBLIC;
-- column public.users.id
GRANT SELECT (id) ON TABLE public.users TO PUBLIC;
-- column public.users.email
GRANT SELECT (email) ON TABLE public.users TO PUBLIC;
-- default public.users.id
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
-- default public.users.mood
ALTER TABLE ONLY public.users ALTER COLUMN mood SET DEFAULT 'ok'::public.mood;
-- view public.recent
CREATE VIEW public.recent AS  SELECT p.id,
    p.title,
    u.email
   FROM (public.posts p
     JOIN public.users u ON ((u.id = p.user_id)))
  WHERE ((p.state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]));
-- foreign key posts_user_id_fkey on public.posts
ALTER TABLE public.posts ADD CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE NOT VALID;
-- trigger posts_touch on public.posts
CREATE TRIGGER posts_touch BEFORE UPDATE ON public.posts FOR EACH ROW EXECUTE FUNCTION public.touch();
-- policy own on public.posts
CREATE POLICY own ON public.posts AS PERMISSIVE FOR SELECT USING (((user_id = 1) OR ((state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]))));
-- policy via on public.users
CREATE POLICY via ON public.users AS PERMISSIVE FOR ALL USING ((EXISTS ( SELECT 1
   FROM public.posts
  WHERE (posts.user_id = users.id))));

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- tail:
-- foreign key posts_user_id_fkey on public.posts: validate, public.posts
ALTER TABLE public.posts VALIDATE CONSTRAINT posts_user_id_fkey;

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
--   (#pg_type:16385:0, "type public.mood")
--   (#pg_class:16386:0, "sequence public.users_id_seq")
--   (#pg_class:16387:0, "table public.users")
--   (#pg_class:16387:1, "column public.users.id")
--   (#pg_class:16387:2, "column public.users.email")
--   (#pg_class:16387:3, "column public.users.mood")
--   (#pg_class:16387:4, "column public.users.note")
--   (#pg_class:16390:0, "index public.users_pkey")
--   (#pg_class:16392:0, "index public.users_email_key")
--   (#pg_class:16394:0, "sequence public.posts_id_seq")
--   (#pg_class:16395:0, "table public.posts")
--   (#pg_class:16395:1, "column public.posts.id")
--   (#pg_class:16395:2, "column public.posts.user_id")
--   (#pg_class:16395:3, "column public.posts.title")
--   (#pg_class:16395:4, "column public.posts.state")
--   (#pg_class:16395:5, "column public.posts.at")
--   (#pg_class:16399:0, "index public.posts_pkey")
--   (#pg_class:16402:0, "index public.posts_user")
--   (#pg_class:16403:0, "index public.posts_title")
--   (#pg_class:16404:0, "view public.recent")
--   (#pg_class:16404:1, "column public.recent.id")
--   (#pg_class:16404:2, "column public.recent.title")
--   (#pg_class:16404:3, "column public.recent.email")
--   (#pg_attrdef:16388:0, "default public.users.id")
--   (#pg_attrdef:16389:0, "default public.users.mood")
--   (#pg_attrdef:16396:0, "default public.posts.state")
--   (#pg_attrdef:16397:0, "default public.posts.at")
--   (#pg_constraint:16391:0, "constraint users_pkey on public.users")
--   (#pg_constraint:16393:0, "constraint users_email_key on public.users")
--   (#pg_constraint:16398:0, "constraint posts_state_check on public.posts")
--   (#pg_constraint:16400:0, "constraint posts_pkey on public.posts")
--   (#pg_constraint:16401:0, "foreign key posts_user_id_fkey on public.posts")
--   (#pg_trigger:16406:0, "trigger posts_touch on public.posts")
--   (#pg_policy:16407:0, "policy own on public.posts")
--   (#pg_policy:16408:0, "policy via on public.users")
--   (#pg_statistic_ext:16409:0, "statistics posts_stat on public.posts")

-- moved aside:
--   Moved { id: #pg_type:16412:0, identity: "type public.mood", from_schema: "public", to_schema: "backout_undone_1", name: "mood", kept_as: "16412 mood" }
--   Moved { id: #pg_class:16413:0, identity: "table public.moods", from_schema: "public", to_schema: "backout_undone_1", name: "moods", kept_as: "16413 moods" }

-- may be set aside:
--   Aside { schema: "public", table: "moods", column: None, copy_schema: "backout_undone_1", copy: "16413 moods", by: Rows, left: None }
