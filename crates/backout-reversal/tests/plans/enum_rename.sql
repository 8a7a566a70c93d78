-- steps:
-- type public.mood
ALTER TYPE public.mood RENAME VALUE 'blue' TO 'sad';

-- renumbered:
--   (#pg_type:16385:0, "type public.mood")
