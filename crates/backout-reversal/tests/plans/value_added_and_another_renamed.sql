-- steps:
-- type public.mood
ALTER TYPE public.mood RENAME VALUE 'unhappy' TO 'sad';

-- unsupported:
--   type public.mood: PostgreSQL cannot take a value out of an enum (great stays): domain public.dmood is made of it and cannot be recreated

-- renumbered:
--   (#pg_type:16385:0, "type public.mood")
