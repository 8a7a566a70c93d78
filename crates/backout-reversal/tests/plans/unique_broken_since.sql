-- locks:
--   public.users, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
DROP INDEX IF EXISTS public.users_email_key CASCADE;
-- constraint users_email_key on public.users
--   may clash: Values, at once None
ALTER TABLE public.users ADD CONSTRAINT users_email_key UNIQUE (email);

-- parts:
--   column public.users.email
--   column public.users.id
--   column public.users.mood
--   column public.users.note
--   constraint users_email_key on public.users
--   constraint users_pkey on public.users
--   default public.users.id
--   default public.users.mood
--   index public.users_email_key
--   index public.users_pkey
--   policy via on public.users
--   table public.users

-- renumbered:
--   (#pg_class:16392:0, "index public.users_email_key")
--   (#pg_constraint:16393:0, "constraint users_email_key on public.users")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.users t WHERE t.email IS NOT NULL AND (t.email) IN (SELECT r.email FROM public.users r GROUP BY r.email HAVING count(*) > 1)", keys: Some("SELECT ROW(t.id)::text FROM public.users t WHERE t.email IS NOT NULL AND (t.email) IN (SELECT r.email FROM public.users r GROUP BY r.email HAVING count(*) > 1) LIMIT 5"), object: "constraint users_email_key on public.users", otherwise: "rows repeat a value of it: it stays away" }
