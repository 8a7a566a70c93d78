-- locks:
--   public.da, ACCESS EXCLUSIVE

-- steps:
-- domain public.small
CREATE DOMAIN public.small AS integer;
-- constraint small_check on public.small
ALTER DOMAIN public.small ADD CONSTRAINT small_check CHECK ((VALUE < 9));
-- constraint extra on public.small
ALTER DOMAIN public.small ADD CONSTRAINT extra CHECK ((VALUE > 0));
-- column public.da.list
ALTER TABLE public.da ADD COLUMN list public.small[];
-- column public.da.one
ALTER TABLE public.da ADD COLUMN one public.small;
-- column public.da.list
UPDATE ONLY public.da t SET list = c.backout_value::text::public.small[] FROM backout_archive_1.column_120292_2 c WHERE t.id = c.id;
-- column public.da.one
UPDATE ONLY public.da t SET one = c.backout_value::text::public.small FROM backout_archive_1.column_120292_3 c WHERE t.id = c.id;

-- parts:
--   column public.da.id
--   column public.da.list
--   column public.da.one
--   constraint da_pkey on public.da
--   index public.da_pkey
--   table public.da

-- renumbered:
--   (#pg_type:16410:0, "domain public.small")
--   (#pg_class:16413:2, "column public.da.list")
--   (#pg_class:16413:3, "column public.da.one")
--   (#pg_constraint:16411:0, "constraint small_check on public.small")
--   (#pg_constraint:16412:0, "constraint extra on public.small")
