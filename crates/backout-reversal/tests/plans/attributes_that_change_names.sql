-- steps:
-- type public.at
ALTER TYPE public.at DROP ATTRIBUTE more;
-- type public.at
ALTER TYPE public.at RENAME ATTRIBUTE y TO backout_attribute_1;
-- type public.at
ALTER TYPE public.at RENAME ATTRIBUTE x TO backout_attribute_2;
-- type public.at
ALTER TYPE public.at RENAME ATTRIBUTE zz TO z;
-- type public.at
ALTER TYPE public.at RENAME ATTRIBUTE backout_attribute_1 TO x;
-- type public.at
ALTER TYPE public.at RENAME ATTRIBUTE backout_attribute_2 TO y;
-- type public.au
ALTER TYPE public.au DROP ATTRIBUTE n;
-- type public.au
ALTER TYPE public.au DROP ATTRIBUTE m;
-- type public.au
ALTER TYPE public.au ADD ATTRIBUTE m integer;
-- type public.au
ALTER TYPE public.au ADD ATTRIBUTE n integer;

-- renumbered:
--   (#pg_type:16410:0, "type public.at")
--   (#pg_type:16414:0, "type public.au")
