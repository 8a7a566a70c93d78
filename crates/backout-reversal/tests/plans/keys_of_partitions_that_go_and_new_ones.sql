-- locks:
--   public.kp, ACCESS EXCLUSIVE
--   public.kp1, ACCESS EXCLUSIVE

-- steps:
-- constraint kp1_u_at_key on public.kp1
--   may clash: Values, at once None
ALTER TABLE public.kp1 ADD CONSTRAINT kp1_u_at_key UNIQUE (u, at);
-- constraint kpu on public.kp
--   may clash: Values, at once None
ALTER TABLE public.kp ADD CONSTRAINT kpu UNIQUE (u, at);
-- index public.kpi
--   may clash: Values, at once None
CREATE UNIQUE INDEX kpi ON ONLY public.kp USING btree (((u + 1)), at);
-- index public.kpi
--   may clash: Values, at once None
CREATE UNIQUE INDEX kp4_kpi ON public.kp4 USING btree (((u + 1)), at);
-- index public.kpi
ALTER INDEX public.kpi ATTACH PARTITION public.kp4_kpi;
-- index public.kp1_expr_at_idx
--   may clash: Values, at once None
CREATE UNIQUE INDEX kp1_expr_at_idx ON public.kp1 USING btree (((u + 1)), at);
-- index public.kp1_expr_at_idx
ALTER INDEX public.kpi ATTACH PARTITION public.kp1_expr_at_idx;

-- parts:
--   column public.kp.at
--   column public.kp.id
--   column public.kp.u
--   column public.kp1.at
--   column public.kp1.id
--   column public.kp1.u
--   constraint kp1_pkey on public.kp1
--   constraint kp1_u_at_key on public.kp1
--   constraint kp_pkey on public.kp
--   constraint kpu on public.kp
--   index public.kp1_expr_at_idx
--   index public.kp1_pkey
--   index public.kp1_u_at_key
--   index public.kp_pkey
--   index public.kpi
--   index public.kpu
--   table public.kp
--   table public.kp1

-- renumbered:
--   (#pg_class:16413:0, "index public.kpu")
--   (#pg_class:16418:0, "index public.kp1_u_at_key")
--   (#pg_class:16420:0, "index public.kpi")
--   (#pg_class:16421:0, "index public.kp1_expr_at_idx")
--   (#pg_constraint:16414:0, "constraint kpu on public.kp")
--   (#pg_constraint:16419:0, "constraint kp1_u_at_key on public.kp1")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.kp t WHERE t.u IS NOT NULL AND t.at IS NOT NULL AND (t.u, t.at) IN (SELECT r.u, r.at FROM public.kp r GROUP BY r.u, r.at HAVING count(*) > 1)", keys: Some("SELECT ROW(t.id, t.at)::text FROM public.kp t WHERE t.u IS NOT NULL AND t.at IS NOT NULL AND (t.u, t.at) IN (SELECT r.u, r.at FROM public.kp r GROUP BY r.u, r.at HAVING count(*) > 1) LIMIT 5"), object: "constraint kpu on public.kp", otherwise: "rows repeat a value of it: it stays away" }
