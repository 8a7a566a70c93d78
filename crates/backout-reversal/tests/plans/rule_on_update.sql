-- locks:
--   public.ru, ACCESS EXCLUSIVE

-- steps:
-- column public.ru.w
ALTER TABLE public.ru ADD COLUMN w integer;
-- column public.ru.w
ALTER TABLE public.ru DISABLE RULE r;
-- column public.ru.w
UPDATE ONLY public.ru t SET w = c.backout_value FROM backout_archive_1.column_96054_3 c WHERE t.id = c.id;
-- column public.ru.w
ALTER TABLE public.ru ENABLE RULE r;

-- parts:
--   column public.ru.id
--   column public.ru.v
--   column public.ru.w
--   constraint ru_pkey on public.ru
--   index public.ru_pkey
--   rule r on public.ru
--   table public.ru

-- renumbered:
--   (#pg_class:16410:3, "column public.ru.w")
