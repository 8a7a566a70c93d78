-- locks:
--   public.posts, SHARE ROW EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
ALTER TABLE public.users DROP CONSTRAINT IF EXISTS users_pkey CASCADE;
-- what the migration added
ALTER TABLE ONLY public.users ALTER COLUMN id DROP DEFAULT;
-- column public.users.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16387_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16387_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::bigint)::integer)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16387_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16387_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.users t WHERE id IS NOT NULL AND backout_undone_1.misfits_16387_1_back(ROW(id)::text, id::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16387_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.users ALTER COLUMN id TYPE integer USING backout_undone_1.misfits_16387_1_back(ROW(id)::text, id::text)::integer", "DROP FUNCTION backout_undone_1.misfits_16387_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16387_1", otherwise: "values of column public.users.id that were written since do not fit its former type; they lie in backout_undone_1.misfits_16387_1, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16387_1", "rows of public.users that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16387_1")), if_none: [] }
ALTER TABLE public.users ALTER COLUMN id TYPE integer USING id::integer;
-- default public.users.id
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
-- constraint users_pkey on public.users
--   may clash: Values, at once None
ALTER TABLE public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
-- view public.recent
CREATE VIEW public.recent AS  SELECT p.id,
    p.title,
    u.email
   FROM (public.posts p
     JOIN public.users u ON ((u.id = p.user_id)))
  WHERE ((p.state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]));
-- foreign key posts_user_id_fkey on public.posts
--   may clash: ForeignKey, at once Some("ALTER TABLE public.posts ADD CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE")
ALTER TABLE public.posts ADD CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE NOT VALID;
-- policy via on public.users
CREATE POLICY via ON public.users AS PERMISSIVE FOR ALL USING ((EXISTS ( SELECT 1
   FROM public.posts
  WHERE (posts.user_id = users.id))));

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
--   (#pg_class:16387:1, "column public.users.id")
--   (#pg_class:16387:2, "column public.users.email")
--   (#pg_class:16387:3, "column public.users.mood")
--   (#pg_class:16387:4, "column public.users.note")
--   (#pg_class:16390:0, "index public.users_pkey")
--   (#pg_class:16392:0, "index public.users_email_key")
--   (#pg_class:16404:0, "view public.recent")
--   (#pg_class:16404:1, "column public.recent.id")
--   (#pg_class:16404:2, "column public.recent.title")
--   (#pg_class:16404:3, "column public.recent.email")
--   (#pg_attrdef:16388:0, "default public.users.id")
--   (#pg_attrdef:16389:0, "default public.users.mood")
--   (#pg_constraint:16391:0, "constraint users_pkey on public.users")
--   (#pg_constraint:16393:0, "constraint users_email_key on public.users")
--   (#pg_constraint:16401:0, "foreign key posts_user_id_fkey on public.posts")
--   (#pg_policy:16408:0, "policy via on public.users")

-- may be set aside:
--   Aside { schema: "public", table: "users", column: None, copy_schema: "backout_undone_1", copy: "rows_16387_1", by: Json, left: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16387_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bigint)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.users t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16387_1(t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.users t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16387_1(t.id::text) LIMIT 5"), object: "column public.users.id", otherwise: "values that do not fit its former type are set aside or cut" }
