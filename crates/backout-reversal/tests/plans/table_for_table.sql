-- locks:
--   public.sw, ACCESS EXCLUSIVE
--   public.sw_env, ACCESS EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
ALTER TABLE public.sw_env DROP CONSTRAINT IF EXISTS sw_k CASCADE;
-- what the migration added
ALTER TABLE public.sw DROP CONSTRAINT IF EXISTS sw_users_fkey CASCADE;
-- table public.sw
ALTER TABLE backout_archive_1."137817 sw" SET SCHEMA public;
-- table public.sw_new
ALTER TABLE public.sw RENAME TO sw_new;
-- constraint sw_new_pkey on public.sw_new
ALTER TABLE public.sw_new RENAME CONSTRAINT sw_pkey TO sw_new_pkey;
-- index public.sw_new_label
ALTER INDEX public.sw_label RENAME TO sw_new_label;
-- table public.sw
ALTER TABLE public."137817 sw" RENAME TO sw;
-- constraint sw_pkey on public.sw
ALTER TABLE public.sw RENAME CONSTRAINT "137823 sw_pkey" TO sw_pkey;
-- foreign key sw_new_users_fkey on public.sw_new
ALTER TABLE public.sw_new ADD CONSTRAINT sw_new_users_fkey FOREIGN KEY (users) REFERENCES public.users(id) NOT VALID;
-- foreign key sw_k on public.sw_env
ALTER TABLE public.sw_env ADD CONSTRAINT sw_k FOREIGN KEY (k) REFERENCES public.sw_new(id) NOT VALID;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- tail:
-- foreign key sw_new_users_fkey on public.sw_new: validate, public.sw_new
ALTER TABLE public.sw_new VALIDATE CONSTRAINT sw_new_users_fkey;
-- foreign key sw_k on public.sw_env: validate, public.sw_env
ALTER TABLE public.sw_env VALIDATE CONSTRAINT sw_k;

-- parts:
--   column public.sw.id
--   column public.sw.label
--   column public.sw.old
--   column public.sw_env.id
--   column public.sw_env.k
--   column public.sw_new.id
--   column public.sw_new.label
--   column public.sw_new.users
--   constraint sw_new_pkey on public.sw_new
--   constraint sw_pkey on public.sw
--   foreign key sw_k on public.sw_env
--   foreign key sw_new_users_fkey on public.sw_new
--   index public.sw_new_label
--   index public.sw_new_pkey
--   index public.sw_pkey
--   table public.sw
--   table public.sw_env
--   table public.sw_new

-- renumbered:
--   (#pg_class:16410:0, "table public.sw")
--   (#pg_class:16410:1, "column public.sw.id")
--   (#pg_class:16410:2, "column public.sw.label")
--   (#pg_class:16410:3, "column public.sw.old")
--   (#pg_class:16411:0, "index public.sw_pkey")
--   (#pg_class:16413:0, "table public.sw_new")
--   (#pg_class:16414:0, "index public.sw_new_pkey")
--   (#pg_class:16417:0, "index public.sw_new_label")
--   (#pg_constraint:16412:0, "constraint sw_pkey on public.sw")
--   (#pg_constraint:16415:0, "constraint sw_new_pkey on public.sw_new")
--   (#pg_constraint:16416:0, "foreign key sw_new_users_fkey on public.sw_new")
--   (#pg_constraint:16419:0, "foreign key sw_k on public.sw_env")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.sw t WHERE t.users IS NOT NULL AND NOT EXISTS (SELECT FROM public.users f WHERE f.id = t.users)", keys: Some("SELECT ROW(t.id)::text FROM public.sw t WHERE t.users IS NOT NULL AND NOT EXISTS (SELECT FROM public.users f WHERE f.id = t.users) LIMIT 5"), object: "foreign key sw_new_users_fkey on public.sw_new", otherwise: "rows refer to nothing: it holds for new rows only" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.sw_env t WHERE t.k IS NOT NULL AND NOT EXISTS (SELECT FROM public.sw f WHERE f.id = t.k)", keys: None, object: "foreign key sw_k on public.sw_env", otherwise: "rows refer to nothing: it holds for new rows only" }
