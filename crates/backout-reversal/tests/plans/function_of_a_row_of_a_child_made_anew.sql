-- locks:
--   public.fr, ACCESS EXCLUSIVE
--   public.fs, ACCESS EXCLUSIVE

-- steps:
-- constraint fs_pkey on public.fs
ALTER TABLE public.fs DROP CONSTRAINT IF EXISTS fs_pkey CASCADE;
-- function public.of_fs(r public.fs)
DROP FUNCTION IF EXISTS public.of_fs(r public.fs) CASCADE;
-- column public.fr.g
ALTER TABLE public.fr ADD COLUMN g integer GENERATED ALWAYS AS ((a * 2)) STORED;
-- table public.fs
ALTER TABLE public.fs RENAME TO backout_rebuilt_16411;
-- table public.fs
CREATE TABLE public.fs (id uuid NOT NULL, z integer) INHERITS (public.fr);
-- table public.fs
INSERT INTO public.fs (a, id, z) OVERRIDING SYSTEM VALUE SELECT t.a, t.id, t.z FROM ONLY public.backout_rebuilt_16411 t;
-- table public.fs
DROP TABLE public.backout_rebuilt_16411;
-- function public.of_fs(r public.fs)
CREATE OR REPLACE FUNCTION public.of_fs(r public.fs)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT 'x' $function$
;
-- default public.fs.id
ALTER TABLE ONLY public.fs ALTER COLUMN id SET DEFAULT gen_random_uuid();
-- constraint fs_pkey on public.fs
--   may clash: Values, at once None
ALTER TABLE public.fs ADD CONSTRAINT fs_pkey PRIMARY KEY (id);

-- tail:
-- table public.fs: analyze
ANALYZE public.fs;

-- rebuilt:
--   public.fs

-- remade:
--   #pg_proc:16415:0 function public.of_fs(r public.fs)
--   #pg_class:16411:0 table public.fs
--   #pg_class:16413:0 index public.fs_pkey
--   #pg_attrdef:16412:0 default public.fs.id
--   #pg_constraint:16414:0 constraint fs_pkey on public.fs

-- parts:
--   column public.fr.a
--   column public.fr.g
--   column public.fs.a
--   column public.fs.g
--   column public.fs.id
--   column public.fs.z
--   constraint fs_pkey on public.fs
--   default public.fs.id
--   index public.fs_pkey
--   table public.fr
--   table public.fs

-- renumbered:
--   (#pg_proc:16415:0, "function public.of_fs(r public.fs)")
--   (#pg_class:16410:2, "column public.fr.g")
--   (#pg_class:16411:0, "table public.fs")
--   (#pg_class:16411:1, "column public.fs.a")
--   (#pg_class:16411:2, "column public.fs.g")
--   (#pg_class:16411:3, "column public.fs.id")
--   (#pg_class:16411:4, "column public.fs.z")
--   (#pg_class:16413:0, "index public.fs_pkey")
--   (#pg_attrdef:16412:0, "default public.fs.id")
--   (#pg_constraint:16414:0, "constraint fs_pkey on public.fs")
