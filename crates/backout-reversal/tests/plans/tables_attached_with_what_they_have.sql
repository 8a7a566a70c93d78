-- locks:
--   public.kid, ACCESS EXCLUSIVE
--   public.lacks1, ACCESS EXCLUSIVE
--   public.named1, ACCESS EXCLUSIVE
--   public.other1, ACCESS EXCLUSIVE
--   public.own1, ACCESS EXCLUSIVE

-- steps:
-- table public.lacks1
ALTER TABLE public.lacks DETACH PARTITION public.lacks1;
-- table public.other1
ALTER TABLE public.other DETACH PARTITION public.other1;
-- table public.kid
ALTER TABLE public.kid NO INHERIT public.base;
-- what the migration added
DROP INDEX IF EXISTS public.lacks1_at_idx CASCADE;
-- what the migration added
ALTER TABLE public.lacks1 DROP CONSTRAINT IF EXISTS lacks1_pkey CASCADE;
-- column public.other1.moment
ALTER TABLE public.other1 RENAME COLUMN at TO moment;
-- column public.kid.x
ALTER TABLE public.kid RENAME COLUMN a TO x;
-- table public.own1
ALTER TABLE public.own DETACH PARTITION public.own1;
-- partition public.named1
--   may clash: Partition, at once None
ALTER TABLE public.named ATTACH PARTITION public.named1 FOR VALUES FROM (0) TO (10);

-- parts:
--   column public.kid.x
--   column public.lacks1.at
--   column public.lacks1.id
--   column public.named1.at
--   column public.named1.id
--   column public.other1.id
--   column public.other1.moment
--   column public.own1.at
--   column public.own1.id
--   constraint its_own on public.named1
--   constraint own1_pkey on public.own1
--   constraint positive on public.own1
--   index public.its_own
--   index public.own1_pkey
--   table public.kid
--   table public.lacks1
--   table public.named1
--   table public.other1
--   table public.own1

-- renumbered:
--   (#pg_class:16414:0, "table public.own1")
--   (#pg_class:16414:1, "column public.own1.id")
--   (#pg_class:16414:2, "column public.own1.at")
--   (#pg_class:16416:0, "index public.own1_pkey")
--   (#pg_class:16422:0, "table public.lacks1")
--   (#pg_class:16422:1, "column public.lacks1.id")
--   (#pg_class:16422:2, "column public.lacks1.at")
--   (#pg_class:16424:0, "table public.other1")
--   (#pg_class:16424:1, "column public.other1.id")
--   (#pg_class:16424:2, "column public.other1.moment")
--   (#pg_class:16426:0, "table public.kid")
--   (#pg_class:16426:1, "column public.kid.x")
--   (#pg_class:16430:0, "table public.named1")
--   (#pg_class:16430:1, "column public.named1.id")
--   (#pg_class:16430:2, "column public.named1.at")
--   (#pg_class:16431:0, "index public.its_own")
--   (#pg_constraint:16415:0, "constraint positive on public.own1")
--   (#pg_constraint:16417:0, "constraint own1_pkey on public.own1")
--   (#pg_constraint:16432:0, "constraint its_own on public.named1")
