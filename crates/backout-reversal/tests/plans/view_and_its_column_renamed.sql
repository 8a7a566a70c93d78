-- steps:
-- function public.vcf()
DROP FUNCTION IF EXISTS public.vcf() CASCADE;
-- view public.vd
DROP VIEW IF EXISTS public.vd CASCADE;
-- materialized view public.vm
ALTER MATERIALIZED VIEW public.vn RENAME TO vm;
-- column public.vm.a
ALTER TABLE public.vm RENAME COLUMN b TO a;
-- view public.vc
CREATE VIEW public.vc AS  SELECT users.id,
    users.email
   FROM public.users;
-- function public.vcf()
CREATE OR REPLACE FUNCTION public.vcf()
 RETURNS SETOF public.vc
 LANGUAGE sql
AS $function$SELECT * FROM vc$function$
;

-- remade:
--   #pg_proc:16411:0 function public.vcf()
--   #pg_class:16410:0 view public.vc

-- renumbered:
--   (#pg_proc:16411:0, "function public.vcf()")
--   (#pg_class:16410:0, "view public.vc")
--   (#pg_class:16410:2, "column public.vc.email")
--   (#pg_class:16412:0, "materialized view public.vm")
--   (#pg_class:16412:1, "column public.vm.a")
