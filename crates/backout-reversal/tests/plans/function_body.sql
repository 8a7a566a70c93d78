-- steps:
-- function public.touch()
CREATE OR REPLACE FUNCTION public.touch()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN NEW.at = now(); RETURN NEW; END $function$
;

-- renumbered:
--   (#pg_proc:16405:0, "function public.touch()")
