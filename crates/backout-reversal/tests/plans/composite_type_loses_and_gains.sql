-- steps:
-- type public.spec
ALTER TYPE public.spec ALTER ATTRIBUTE a TYPE text COLLATE pg_catalog."C";
-- type public.spec
ALTER TYPE public.spec DROP ATTRIBUTE "c d";
-- type public.spec
ALTER TYPE public.spec DROP ATTRIBUTE f;
-- type public.spec
ALTER TYPE public.spec DROP ATTRIBUTE n;
-- type public.spec
ALTER TYPE public.spec ADD ATTRIBUTE b integer;
-- type public.spec
ALTER TYPE public.spec ADD ATTRIBUTE "c d" numeric(5,2);
-- type public.spec
ALTER TYPE public.spec ADD ATTRIBUTE e jsonb;
-- type public.spec
COMMENT ON COLUMN public.spec."c d" IS NULL;
-- type public.spec
COMMENT ON COLUMN public.spec.e IS 'e';

-- renumbered:
--   (#pg_type:16410:0, "type public.spec")
