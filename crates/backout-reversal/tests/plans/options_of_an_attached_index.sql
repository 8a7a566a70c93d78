-- locks:
--   public.oa1, ACCESS EXCLUSIVE

-- steps:
-- index public.oa1_t_idx
ALTER INDEX public.oa1_t_idx RESET (fillfactor);
-- index public.oa1_part_idx
ALTER INDEX public.oa1_part_idx RESET (fillfactor, deduplicate_items);
-- index public.oae
ALTER INDEX public.oae RESET (fillfactor);
-- index public.oae
ALTER INDEX public.oae SET (deduplicate_items='on');

-- parts:
--   column public.oa1.part
--   column public.oa1.t
--   index public.oa1_part_idx
--   index public.oa1_t_idx
--   index public.oae
--   table public.oa1

-- renumbered:
--   (#pg_class:16413:0, "index public.oa1_t_idx")
--   (#pg_class:16415:0, "index public.oa1_part_idx")
--   (#pg_class:16416:0, "index public.oae")
