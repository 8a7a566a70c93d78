-- locks:
--   public.rs, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
DROP TYPE IF EXISTS public.span2 CASCADE;
-- type public.span
CREATE TYPE public.span AS RANGE (SUBTYPE = uuid, MULTIRANGE_TYPE_NAME = public.span_multirange);
-- column public.rs.s
ALTER TABLE public.rs ADD COLUMN s public.span;
-- column public.rs.s
UPDATE ONLY public.rs t SET s = c.backout_value::text::public.span FROM backout_archive_1.column_44546_2 c WHERE t.id = c.id;

-- parts:
--   column public.rs.id
--   column public.rs.s
--   constraint rs_pkey on public.rs
--   index public.rs_pkey
--   table public.rs

-- renumbered:
--   (#pg_type:16410:0, "type public.span")
--   (#pg_class:16411:2, "column public.rs.s")
