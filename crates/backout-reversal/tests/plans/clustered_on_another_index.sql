-- locks:
--   public.cl, ACCESS EXCLUSIVE
--   public.cm, ACCESS EXCLUSIVE
--   public.cn, ACCESS EXCLUSIVE
--   public.co, ACCESS EXCLUSIVE

-- steps:
-- index public.cl_pkey
ALTER TABLE public.cl CLUSTER ON cl_pkey;
-- index public.cm_a_key
ALTER TABLE public.cm CLUSTER ON cm_a_key;
-- index public.cn_a_key
ALTER TABLE public.cn CLUSTER ON cn_a_key;
-- index public.co_pkey
ALTER TABLE public.co SET WITHOUT CLUSTER;

-- parts:
--   column public.cl.a
--   column public.cl.id
--   column public.cm.a
--   column public.cm.id
--   column public.cn.a
--   column public.cn.id
--   column public.co.id
--   constraint cl_a_key on public.cl
--   constraint cl_pkey on public.cl
--   constraint cm_a_key on public.cm
--   constraint cm_pkey on public.cm
--   constraint cn_a_key on public.cn
--   constraint cn_pkey on public.cn
--   constraint co_pkey on public.co
--   index public.cl_a_key
--   index public.cl_pkey
--   index public.cm_a_key
--   index public.cm_pkey
--   index public.cn_a_key
--   index public.cn_pkey
--   index public.co_pkey
--   table public.cl
--   table public.cm
--   table public.cn
--   table public.co

-- renumbered:
--   (#pg_class:16411:0, "index public.cl_pkey")
--   (#pg_class:16413:0, "index public.cl_a_key")
--   (#pg_class:16416:0, "index public.cm_pkey")
--   (#pg_class:16418:0, "index public.cm_a_key")
--   (#pg_class:16423:0, "index public.cn_a_key")
--   (#pg_class:16426:0, "index public.co_pkey")
