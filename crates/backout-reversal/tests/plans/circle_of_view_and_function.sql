-- steps:
-- view public.cv
CREATE VIEW public.cv AS SELECT NULL::integer AS id, NULL::public.mood AS m, NULL::character varying(9) COLLATE pg_catalog."C" AS w;
-- function public.cvf()
CREATE OR REPLACE FUNCTION public.cvf()
 RETURNS SETOF public.cv
 LANGUAGE sql
 STABLE
AS $function$ SELECT 2, 'ok'::mood, 'y'::varchar(9) COLLATE "C" $function$
;
-- view public.cw
CREATE VIEW public.cw AS SELECT NULL::integer AS id, NULL::public.mood AS m, NULL::character varying(9) COLLATE pg_catalog."C" AS w;
-- view public.cv
CREATE OR REPLACE VIEW public.cv WITH (security_barrier='true') AS  SELECT cvf.id,
    cvf.m,
    cvf.w
   FROM public.cvf() cvf(id, m, w)
UNION ALL
 SELECT users.id,
    users.mood AS m,
    ((users.email)::character varying(9) COLLATE "C") AS w
   FROM public.users;
-- view public.cv
GRANT SELECT ON TABLE public.cv TO PUBLIC;
-- view public.cv
COMMENT ON VIEW public.cv IS 'round';
-- view public.cw
CREATE OR REPLACE VIEW public.cw AS  SELECT cv.id,
    cv.m,
    cv.w
   FROM public.cv;

-- renumbered:
--   (#pg_proc:16411:0, "function public.cvf()")
--   (#pg_class:16410:0, "view public.cv")
--   (#pg_class:16410:1, "column public.cv.id")
--   (#pg_class:16410:2, "column public.cv.m")
--   (#pg_class:16410:3, "column public.cv.w")
--   (#pg_class:16412:0, "view public.cw")
--   (#pg_class:16412:1, "column public.cw.id")
--   (#pg_class:16412:2, "column public.cw.m")
--   (#pg_class:16412:3, "column public.cw.w")
