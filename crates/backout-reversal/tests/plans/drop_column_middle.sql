-- locks:
--   public.posts, ACCESS EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- steps:
-- policy via on public.users
DROP POLICY IF EXISTS via ON public.users CASCADE;
-- trigger posts_touch on public.posts
DROP TRIGGER IF EXISTS posts_touch ON public.posts CASCADE;
-- foreign key posts_user_id_fkey on public.posts
ALTER TABLE public.posts DROP CONSTRAINT IF EXISTS posts_user_id_fkey CASCADE;
-- index public.posts_user
DROP INDEX IF EXISTS public.posts_user CASCADE;
-- constraint posts_pkey on public.posts
ALTER TABLE public.posts DROP CONSTRAINT IF EXISTS posts_pkey CASCADE;
-- table public.posts
ALTER SEQUENCE public.posts_id_seq RENAME TO backout_rebuilt_16394;
-- table public.posts
ALTER TABLE public.posts RENAME TO backout_rebuilt_16395;
-- table public.posts
CREATE TABLE public.posts (id bigint NOT NULL, user_id integer NOT NULL, title text NOT NULL, state character varying(10), at timestamp with time zone);
-- table public.posts
ALTER TABLE public.posts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.posts_id_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);
-- table public.posts
INSERT INTO public.posts (id, user_id, title, state, at) OVERRIDING SYSTEM VALUE SELECT t.id, t.user_id, t.title, c4.backout_value, t.at FROM ONLY public.backout_rebuilt_16395 t LEFT JOIN backout_archive_1.column_53228_4 c4 ON c4.id = t.id;
-- table public.posts
SELECT pg_catalog.setval('public.posts_id_seq', s.last_value, s.is_called) FROM public.backout_rebuilt_16394 s;
-- table public.posts
DROP TABLE public.backout_rebuilt_16395;
-- table public.posts
ALTER TABLE public.posts ENABLE ROW LEVEL SECURITY;
-- table public.posts
GRANT SELECT ON TABLE public.posts TO PUBLIC;
-- table public.posts
COMMENT ON TABLE public.posts IS 'what they wrote';
-- column public.posts.title
COMMENT ON COLUMN public.posts.title IS 'it''s a title';
-- default public.posts.state
ALTER TABLE ONLY public.posts ALTER COLUMN state SET DEFAULT 'new'::character varying;
-- default public.posts.at
ALTER TABLE ONLY public.posts ALTER COLUMN at SET DEFAULT '2026-01-01 00:00:00+00'::timestamp with time zone;
-- constraint posts_state_check on public.posts
ALTER TABLE public.posts ADD CONSTRAINT posts_state_check CHECK (((state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]))) NOT VALID;
-- constraint posts_pkey on public.posts
--   may clash: Values, at once None
ALTER TABLE public.posts ADD CONSTRAINT posts_pkey PRIMARY KEY (id);
-- index public.posts_user
CREATE INDEX posts_user ON public.posts USING btree (user_id);
-- index public.posts_title
CREATE INDEX posts_title ON public.posts USING btree (lower(title)) WHERE ((state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]));
-- view public.recent
CREATE VIEW public.recent AS  SELECT p.id,
    p.title,
    u.email
   FROM (public.posts p
     JOIN public.users u ON ((u.id = p.user_id)))
  WHERE ((p.state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]));
-- foreign key posts_user_id_fkey on public.posts
ALTER TABLE public.posts ADD CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE NOT VALID;
-- statistics posts_stat on public.posts
CREATE STATISTICS public.posts_stat ON user_id, state FROM public.posts;
-- trigger posts_touch on public.posts
CREATE TRIGGER posts_touch BEFORE UPDATE ON public.posts FOR EACH ROW EXECUTE FUNCTION public.touch();
-- policy own on public.posts
CREATE POLICY own ON public.posts AS PERMISSIVE FOR SELECT USING (((user_id = 1) OR ((state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]))));
-- policy via on public.users
CREATE POLICY via ON public.users AS PERMISSIVE FOR ALL USING ((EXISTS ( SELECT 1
   FROM public.posts
  WHERE (posts.user_id = users.id))));

-- tail:
-- table public.posts: analyze
ANALYZE public.posts;
-- constraint posts_state_check on public.posts: validate, public.posts
ALTER TABLE public.posts VALIDATE CONSTRAINT posts_state_check;
-- foreign key posts_user_id_fkey on public.posts: validate, public.posts
ALTER TABLE public.posts VALIDATE CONSTRAINT posts_user_id_fkey;

-- rebuilt:
--   public.posts

-- remade:
--   #pg_class:16395:0 table public.posts
--   #pg_class:16399:0 index public.posts_pkey
--   #pg_class:16402:0 index public.posts_user
--   #pg_attrdef:16397:0 default public.posts.at
--   #pg_constraint:16400:0 constraint posts_pkey on public.posts
--   #pg_constraint:16401:0 foreign key posts_user_id_fkey on public.posts
--   #pg_trigger:16406:0 trigger posts_touch on public.posts
--   #pg_policy:16408:0 policy via on public.users

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
--   (#pg_policy:16407:0, "policy own on public.posts")
--   (#pg_policy:16408:0, "policy via on public.users")
--   (#pg_statistic_ext:16409:0, "statistics posts_stat on public.posts")
