-- locks:
--   public.users, ACCESS EXCLUSIVE

-- steps:
-- table public.posts
ALTER TABLE backout_archive_1."89641 posts" SET SCHEMA public;
-- statistics posts_stat on public.posts
ALTER STATISTICS backout_archive_1."89667 posts_stat" SET SCHEMA public;
-- sequence public.posts_id_seq
ALTER SEQUENCE public."89640 posts_id_seq" RENAME TO posts_id_seq;
-- table public.posts
ALTER TABLE public."89641 posts" RENAME TO posts;
-- constraint posts_state_check on public.posts
ALTER TABLE public.posts RENAME CONSTRAINT "89646 posts_state_check" TO posts_state_check;
-- constraint posts_pkey on public.posts
ALTER TABLE public.posts RENAME CONSTRAINT "89650 posts_pkey" TO posts_pkey;
-- index public.posts_user
ALTER INDEX public."89657 posts_user" RENAME TO posts_user;
-- index public.posts_title
ALTER INDEX public."89658 posts_title" RENAME TO posts_title;
-- statistics posts_stat on public.posts
ALTER STATISTICS public."89667 posts_stat" RENAME TO posts_stat;
-- table public.posts
GRANT SELECT ON TABLE public.posts TO PUBLIC;
-- view public.recent
CREATE VIEW public.recent AS  SELECT p.id,
    p.title,
    u.email
   FROM (public.posts p
     JOIN public.users u ON ((u.id = p.user_id)))
  WHERE ((p.state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]));
-- foreign key posts_user_id_fkey on public.posts
ALTER TABLE public.posts ADD CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE NOT VALID;
-- rule r on public.users
CREATE RULE r AS
    ON DELETE TO public.users DO INSTEAD NOTHING;
-- trigger posts_touch on public.posts
CREATE TRIGGER posts_touch BEFORE UPDATE ON public.posts FOR EACH ROW EXECUTE FUNCTION public.touch();
-- trigger posts_touch on public.posts
ALTER TABLE public.posts DISABLE TRIGGER posts_touch;
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
--   rule r on public.users
--   statistics posts_stat on public.posts
--   table public.posts
--   table public.users
--   trigger posts_touch on public.posts

-- renumbered:
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
--   (#pg_attrdef:16396:0, "default public.posts.state")
--   (#pg_attrdef:16397:0, "default public.posts.at")
--   (#pg_constraint:16398:0, "constraint posts_state_check on public.posts")
--   (#pg_constraint:16400:0, "constraint posts_pkey on public.posts")
--   (#pg_constraint:16401:0, "foreign key posts_user_id_fkey on public.posts")
--   (#pg_trigger:16406:0, "trigger posts_touch on public.posts")
--   (#pg_rewrite:16410:0, "rule r on public.users")
--   (#pg_policy:16407:0, "policy own on public.posts")
--   (#pg_policy:16408:0, "policy via on public.users")
--   (#pg_statistic_ext:16409:0, "statistics posts_stat on public.posts")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM backout_archive_1.\"89641 posts\" t WHERE t.user_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.users f WHERE f.id = t.user_id)", keys: Some("SELECT ROW(t.id)::text FROM backout_archive_1.\"89641 posts\" t WHERE t.user_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.users f WHERE f.id = t.user_id) LIMIT 5"), object: "foreign key posts_user_id_fkey on public.posts", otherwise: "rows refer to nothing: it holds for new rows only" }
