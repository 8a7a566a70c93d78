-- steps:
-- materialized view public.mv
CREATE MATERIALIZED VIEW public.mv AS  SELECT posts.user_id,
    count(*) AS n
   FROM public.posts
  GROUP BY posts.user_id WITH NO DATA;
-- index public.mv_u
CREATE UNIQUE INDEX mv_u ON public.mv USING btree (user_id);

-- tail:
-- materialized view public.mv: refresh
REFRESH MATERIALIZED VIEW public.mv;

-- renumbered:
--   (#pg_class:16410:0, "materialized view public.mv")
--   (#pg_class:16410:1, "column public.mv.user_id")
--   (#pg_class:16410:2, "column public.mv.n")
--   (#pg_class:16411:0, "index public.mv_u")
