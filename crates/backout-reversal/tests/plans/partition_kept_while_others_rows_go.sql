-- locks:
--   public.owners, SHARE ROW EXCLUSIVE

-- steps:
-- table public.pf1
ALTER TABLE backout_archive_1."16443 pf1" SET SCHEMA public;
-- table public.pf1
ALTER TABLE public."16443 pf1" RENAME TO pf1;
-- partition public.pf1
--   may clash: Partition, at once None
ALTER TABLE public.pf ATTACH PARTITION public.pf1 FOR VALUES FROM (0) TO (10);

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.pf1.id
--   column public.pf1.o
--   foreign key pf_o_fkey on public.pf1
--   table public.pf1

-- renumbered:
--   (#pg_class:16415:0, "table public.pf1")
--   (#pg_class:16415:1, "column public.pf1.id")
--   (#pg_class:16415:2, "column public.pf1.o")
--   (#pg_constraint:16416:0, "foreign key pf_o_fkey on public.pf1")
