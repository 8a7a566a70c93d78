-- locks:
--   public.users, ACCESS EXCLUSIVE

-- steps:
-- table public.posts
CREATE TABLE public.posts (id bigint NOT NULL, user_id integer NOT NULL, title text NOT NULL, state character varying(10), at timestamp with time zone);
-- table public.posts
ALTER TABLE public.posts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.posts_id_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);
-- table public.posts
INSERT INTO public.posts (id, user_id, title, state, at) OVERRIDING SYSTEM VALUE SELECT id, user_id, title, state, at FROM backout_archive_1.table_86560 ORDER BY backout_row;
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
ALTER TABLE public.posts ADD CONSTRAINT posts_state_check CHECK (((state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[])));
-- constraint posts_pkey on public.posts
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
ALTER TABLE public.posts ADD CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
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
-- sequence public.posts_id_seq
SELECT CASE WHEN m.top > 200 THEN pg_catalog.setval('public.posts_id_seq', m.top, true) ELSE pg_catalog.setval('public.posts_id_seq', 200, true) END FROM (SELECT max(id) AS top FROM public.posts) m;

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

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM backout_archive_1.table_86560 t WHERE t.user_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.users f WHERE f.id = t.user_id)", keys: None, object: "foreign key posts_user_id_fkey on public.posts", otherwise: "rows refer to nothing: it holds for new rows only" }
