-- steps:
-- view public.vo
CREATE OR REPLACE VIEW public.vo WITH (security_barrier='true', check_option='local') AS  SELECT users.id
   FROM public.users;

-- renumbered:
--   (#pg_class:16410:0, "view public.vo")
