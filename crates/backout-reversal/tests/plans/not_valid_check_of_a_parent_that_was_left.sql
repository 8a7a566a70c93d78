-- locks:
--   public.nc, ACCESS EXCLUSIVE
--   public.nv, ACCESS EXCLUSIVE

-- steps:
-- constraint nvc on public.nc
ALTER TABLE public.nc DROP CONSTRAINT IF EXISTS nvc CASCADE;
-- constraint nvc on public.nv
ALTER TABLE public.nv DROP CONSTRAINT IF EXISTS nvc CASCADE;
-- table public.nc
ALTER TABLE public.nc RENAME TO backout_rebuilt_16411;
-- table public.nc
CREATE TABLE public.nc (x integer) INHERITS (public.nv);
-- table public.nc
INSERT INTO public.nc (id, w, x) OVERRIDING SYSTEM VALUE SELECT t.id, t.w, t.x FROM ONLY public.backout_rebuilt_16411 t;
-- table public.nc
DROP TABLE public.backout_rebuilt_16411;
-- constraint nvc on public.nv
ALTER TABLE public.nv ADD CONSTRAINT nvc CHECK ((length(w) < 3)) NOT VALID;

-- tail:
-- table public.nc: analyze
ANALYZE public.nc;

-- rebuilt:
--   public.nc

-- remade:
--   #pg_class:16411:0 table public.nc
--   #pg_constraint:16412:0 constraint nvc on public.nv
--   #pg_constraint:16413:0 constraint nvc on public.nc

-- parts:
--   column public.nc.id
--   column public.nc.w
--   column public.nc.x
--   column public.nv.id
--   column public.nv.w
--   constraint nvc on public.nc
--   constraint nvc on public.nv
--   table public.nc
--   table public.nv

-- renumbered:
--   (#pg_class:16411:0, "table public.nc")
--   (#pg_class:16411:1, "column public.nc.id")
--   (#pg_class:16411:2, "column public.nc.w")
--   (#pg_class:16411:3, "column public.nc.x")
--   (#pg_constraint:16412:0, "constraint nvc on public.nv")
--   (#pg_constraint:16413:0, "constraint nvc on public.nc")
