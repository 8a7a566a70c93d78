-- locks:
--   public.posts, ACCESS EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
ALTER TABLE public.posts DROP CONSTRAINT IF EXISTS c CASCADE;
-- column public.users.email
--   if all rows of public.users have a value of email
ALTER TABLE public.users ALTER COLUMN email SET NOT NULL;
-- constraint users_email_key on public.users
--   may clash: Values, at once None
ALTER TABLE public.users ADD CONSTRAINT users_email_key UNIQUE (email);
-- constraint posts_state_check on public.posts
ALTER TABLE public.posts ADD CONSTRAINT posts_state_check CHECK (((state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]))) NOT VALID;
-- foreign key posts_user_id_fkey on public.posts
--   may clash: ForeignKey, at once Some("ALTER TABLE public.posts ADD CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE")
ALTER TABLE public.posts ADD CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE NOT VALID;

-- tail:
-- constraint posts_state_check on public.posts: validate, public.posts
ALTER TABLE public.posts VALIDATE CONSTRAINT posts_state_check;
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
--   (#pg_class:16387:2, "column public.users.email")
--   (#pg_class:16392:0, "index public.users_email_key")
--   (#pg_constraint:16393:0, "constraint users_email_key on public.users")
--   (#pg_constraint:16398:0, "constraint posts_state_check on public.posts")
--   (#pg_constraint:16401:0, "foreign key posts_user_id_fkey on public.posts")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.users t WHERE t.email IS NULL", keys: Some("SELECT ROW(t.id)::text FROM public.users t WHERE t.email IS NULL LIMIT 5"), object: "column public.users.email", otherwise: "rows have no value for it: it stays nullable" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.users t WHERE t.email IS NOT NULL AND (t.email) IN (SELECT r.email FROM public.users r GROUP BY r.email HAVING count(*) > 1)", keys: Some("SELECT ROW(t.id)::text FROM public.users t WHERE t.email IS NOT NULL AND (t.email) IN (SELECT r.email FROM public.users r GROUP BY r.email HAVING count(*) > 1) LIMIT 5"), object: "constraint users_email_key on public.users", otherwise: "rows repeat a value of it: it stays away" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.posts t WHERE NOT ((((state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying])::text[]))))", keys: Some("SELECT ROW(t.id)::text FROM public.posts t WHERE NOT ((((state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying])::text[])))) LIMIT 5"), object: "constraint posts_state_check on public.posts", otherwise: "rows do not fit it: it holds for new rows only" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.posts t WHERE t.user_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.users f WHERE f.id = t.user_id)", keys: Some("SELECT ROW(t.id)::text FROM public.posts t WHERE t.user_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.users f WHERE f.id = t.user_id) LIMIT 5"), object: "foreign key posts_user_id_fkey on public.posts", otherwise: "rows refer to nothing: it holds for new rows only" }

-- needs values:
--   NeedsValues { table: "public.users", column: "email", heirs: ["public.users"], forced: false }
