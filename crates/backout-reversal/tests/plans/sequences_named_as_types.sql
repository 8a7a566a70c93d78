-- locks:
--   public.nt, ACCESS EXCLUSIVE

-- steps:
-- sequence public.other
ALTER SEQUENCE backout_archive_1."141760 other" SET SCHEMA public;
-- sequence public.other
ALTER SEQUENCE public."141760 other" RENAME TO other;
-- column public.nt.id
ALTER TABLE public.nt ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.backout_new_16410 INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1); ALTER SEQUENCE public.backout_new_16410 RENAME TO same;
-- sequence public.same
SELECT pg_catalog.setval('public.same', 1, true);

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.nt.id
--   column public.nt.w
--   constraint nt_pkey on public.nt
--   index public.nt_pkey
--   table public.nt

-- renumbered:
--   (#pg_class:16410:0, "sequence public.same")
--   (#pg_class:16411:1, "column public.nt.id")
--   (#pg_class:16415:0, "sequence public.other")
