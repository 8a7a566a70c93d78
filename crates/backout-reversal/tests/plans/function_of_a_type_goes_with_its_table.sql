-- steps:
-- index backout_archive_1."17460 ng_nff_idx"
DROP INDEX IF EXISTS backout_archive_1."17460 ng_nff_idx" CASCADE;
-- constraint "17457 ng_c_check" on backout_archive_1."17454 ng"
ALTER TABLE backout_archive_1."17454 ng" DROP CONSTRAINT IF EXISTS "17457 ng_c_check" CASCADE;
-- function public.nff(public.nf)
ALTER FUNCTION backout_archive_1."17453 nff"(backout_archive_1."17448 nf") SET SCHEMA public;
-- type public.nf
ALTER TYPE backout_archive_1."17448 nf" SET SCHEMA public;
-- table public.ng
ALTER TABLE backout_archive_1."17454 ng" SET SCHEMA public;
-- type public.nf
ALTER TYPE public."17448 nf" RENAME TO nf;
-- table public.ng
ALTER TABLE public."17454 ng" RENAME TO ng;
-- constraint ng_pkey on public.ng
ALTER TABLE public.ng RENAME CONSTRAINT "17459 ng_pkey" TO ng_pkey;
-- function public.nff(public.nf)
ALTER FUNCTION public."17453 nff"(public.nf) RENAME TO nff;
-- function public.nff(public.nf)
CREATE OR REPLACE FUNCTION public.nff(public.nf)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT $1 = 'a' $function$
;
-- constraint ng_c_check on public.ng
ALTER TABLE public.ng ADD CONSTRAINT ng_c_check CHECK (public.nff(c)) NOT VALID;
-- index public.ng_nff_idx
CREATE INDEX ng_nff_idx ON public.ng USING btree (public.nff(k));

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- tail:
-- constraint ng_c_check on public.ng: validate, public.ng
ALTER TABLE public.ng VALIDATE CONSTRAINT ng_c_check;

-- remade:
--   #pg_proc:16411:0 function public.nff(public.nf)
--   #pg_class:16416:0 index public.ng_nff_idx
--   #pg_constraint:16413:0 constraint ng_c_check on public.ng

-- parts:
--   column public.ng.c
--   column public.ng.id
--   column public.ng.k
--   constraint ng_c_check on public.ng
--   constraint ng_pkey on public.ng
--   index public.ng_nff_idx
--   index public.ng_pkey
--   table public.ng

-- renumbered:
--   (#pg_type:16410:0, "type public.nf")
--   (#pg_proc:16411:0, "function public.nff(public.nf)")
--   (#pg_class:16412:0, "table public.ng")
--   (#pg_class:16412:1, "column public.ng.id")
--   (#pg_class:16412:2, "column public.ng.k")
--   (#pg_class:16412:3, "column public.ng.c")
--   (#pg_class:16414:0, "index public.ng_pkey")
--   (#pg_class:16416:0, "index public.ng_nff_idx")
--   (#pg_constraint:16413:0, "constraint ng_c_check on public.ng")
--   (#pg_constraint:16415:0, "constraint ng_pkey on public.ng")
