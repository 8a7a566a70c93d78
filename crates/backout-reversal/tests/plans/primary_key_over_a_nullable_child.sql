-- locks:
--   public.par, ACCESS EXCLUSIVE

-- steps:
-- constraint par_pkey on public.par
--   may clash: Values, at once None
ALTER TABLE ONLY public.par ADD CONSTRAINT par_pkey PRIMARY KEY (k);

-- parts:
--   column public.par.k
--   column public.par.n
--   constraint par_pkey on public.par
--   index public.par_pkey
--   table public.par

-- renumbered:
--   (#pg_class:16411:0, "index public.par_pkey")
--   (#pg_constraint:16412:0, "constraint par_pkey on public.par")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.par t WHERE t.k IS NOT NULL AND (t.k) IN (SELECT r.k FROM public.par r GROUP BY r.k HAVING count(*) > 1)", keys: None, object: "constraint par_pkey on public.par", otherwise: "rows repeat a value of it: it stays away" }
