-- locks:
--   public.m, ACCESS EXCLUSIVE
--   public.m1, ACCESS EXCLUSIVE
--   public.m2, ACCESS EXCLUSIVE

-- steps:
-- index public.m_n
DROP INDEX IF EXISTS public.m_n CASCADE;
-- what the migration added
DROP INDEX IF EXISTS public.m_id CASCADE;
-- index public.m1_id
CREATE INDEX m1_id ON public.m1 USING btree (id);
-- index public.m_n
CREATE INDEX m_n ON ONLY public.m USING btree (n);
-- index public.m1_n
CREATE INDEX m1_n ON public.m1 USING btree (n);
-- index public.m2_n
CREATE INDEX m2_n ON public.m2 USING btree (n);
-- index public.m2_n
ALTER INDEX public.m_n ATTACH PARTITION public.m2_n;
-- index public.m2_n
COMMENT ON INDEX public.m2_n IS 'attached before';

-- remade:
--   #pg_class:16413:0 index public.m1_id
--   #pg_class:16414:0 index public.m_n
--   #pg_class:16415:0 index public.m1_n
--   #pg_class:16416:0 index public.m2_n

-- parts:
--   column public.m.at
--   column public.m.id
--   column public.m.n
--   column public.m1.at
--   column public.m1.id
--   column public.m1.n
--   column public.m2.at
--   column public.m2.id
--   column public.m2.n
--   index public.m1_id
--   index public.m1_n
--   index public.m2_n
--   index public.m_n
--   table public.m
--   table public.m1
--   table public.m2

-- renumbered:
--   (#pg_class:16413:0, "index public.m1_id")
--   (#pg_class:16414:0, "index public.m_n")
--   (#pg_class:16415:0, "index public.m1_n")
--   (#pg_class:16416:0, "index public.m2_n")
