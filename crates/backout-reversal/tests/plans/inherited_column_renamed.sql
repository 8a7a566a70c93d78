-- locks:
--   public.base1, ACCESS EXCLUSIVE
--   public.child1, ACCESS EXCLUSIVE
--   public.child2, ACCESS EXCLUSIVE

-- steps:
-- column public.base1.a
ALTER TABLE public.base1 RENAME COLUMN aa TO a;
-- column public.base1.b
ALTER TABLE public.base1 RENAME COLUMN bb TO b;

-- parts:
--   column public.base1.a
--   column public.base1.b
--   column public.child1.a
--   column public.child1.b
--   column public.child1.c
--   column public.child2.a
--   column public.child2.b
--   table public.base1
--   table public.child1
--   table public.child2

-- renumbered:
--   (#pg_class:16410:1, "column public.base1.a")
--   (#pg_class:16410:2, "column public.base1.b")
--   (#pg_class:16411:1, "column public.child1.a")
--   (#pg_class:16411:2, "column public.child1.b")
--   (#pg_class:16412:1, "column public.child2.a")
--   (#pg_class:16412:2, "column public.child2.b")
