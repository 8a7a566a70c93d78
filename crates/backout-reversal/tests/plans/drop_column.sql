-- locks:
--   public.users, ACCESS EXCLUSIVE

-- steps:
-- column public.users.note
ALTER TABLE public.users ADD COLUMN note text;
-- column public.users.note
UPDATE ONLY public.users t SET note = c.backout_value FROM backout_archive_1.column_52284_4 c WHERE t.id = c.id;

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
--   (#pg_class:16387:4, "column public.users.note")
