-- locks:
--   public.posts, SHARE ROW EXCLUSIVE

-- steps:
-- function public.touch()
CREATE OR REPLACE FUNCTION public.touch()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN NEW.at = now(); RETURN NEW; END $function$
;
-- trigger posts_touch on public.posts
CREATE TRIGGER posts_touch BEFORE UPDATE ON public.posts FOR EACH ROW EXECUTE FUNCTION public.touch();

-- parts:
--   column public.posts.at
--   column public.posts.id
--   column public.posts.state
--   column public.posts.title
--   column public.posts.user_id
--   constraint posts_pkey on public.posts
--   constraint posts_state_check on public.posts
--   default public.posts.at
--   default public.posts.state
--   foreign key posts_user_id_fkey on public.posts
--   index public.posts_pkey
--   index public.posts_title
--   index public.posts_user
--   policy own on public.posts
--   statistics posts_stat on public.posts
--   table public.posts
--   trigger posts_touch on public.posts

-- renumbered:
--   (#pg_proc:16405:0, "function public.touch()")
--   (#pg_trigger:16406:0, "trigger posts_touch on public.posts")
