-- locks:
--   public.swapped_two, ACCESS EXCLUSIVE
--   swap_to.staying, ACCESS EXCLUSIVE
--   swap_to.swapped_one, ACCESS EXCLUSIVE

-- steps:
-- table public.swapped_one
ALTER TABLE public.swapped_two RENAME TO swapped_one;
-- table public.swapped_two
ALTER TABLE swap_to.swapped_one RENAME TO backout_renamed_16416_0;
-- table public.swapped_two
ALTER TABLE swap_to.backout_renamed_16416_0 SET SCHEMA public;
-- table public.going
ALTER TABLE swap_to.staying RENAME TO backout_renamed_16423_0;
-- table public.going
ALTER TABLE swap_to.backout_renamed_16423_0 SET SCHEMA public;
-- table public.swapped_two
ALTER TABLE public.backout_renamed_16416_0 RENAME TO swapped_two;
-- table public.going
ALTER TABLE public.backout_renamed_16423_0 RENAME TO going;

-- parts:
--   column public.going.id
--   column public.swapped_one.id
--   column public.swapped_one.n
--   column public.swapped_two.id
--   column public.swapped_two.v
--   constraint going_pkey on public.going
--   constraint swapped_one_pkey on public.swapped_one
--   constraint swapped_two_pkey on public.swapped_two
--   constraint swapped_two_v_key on public.swapped_two
--   index public.going_pkey
--   index public.swapped_one_pkey
--   index public.swapped_two_pkey
--   index public.swapped_two_v_key
--   table public.going
--   table public.swapped_one
--   table public.swapped_two

-- renumbered:
--   (#pg_class:16412:0, "table public.swapped_one")
--   (#pg_class:16413:0, "index public.swapped_one_pkey")
--   (#pg_class:16415:0, "sequence public.swapped_two_id_seq")
--   (#pg_class:16416:0, "table public.swapped_two")
--   (#pg_class:16417:0, "index public.swapped_two_pkey")
--   (#pg_class:16419:0, "index public.swapped_two_v_key")
--   (#pg_class:16421:0, "view public.of_swapped")
--   (#pg_class:16423:0, "table public.going")
--   (#pg_class:16424:0, "index public.going_pkey")
