-- locks:
--   public.m, SHARE ROW EXCLUSIVE
--   public.n, ACCESS EXCLUSIVE

-- steps:
-- constraint n_pkey on public.n
--   may clash: Values, at once None
ALTER TABLE public.n ADD CONSTRAINT n_pkey PRIMARY KEY (id);
-- foreign key n_up_fkey on public.n
--   may clash: ForeignKey, at once Some("ALTER TABLE public.n ADD CONSTRAINT n_up_fkey FOREIGN KEY (up) REFERENCES public.n")
ALTER TABLE public.n ADD CONSTRAINT n_up_fkey FOREIGN KEY (up) REFERENCES public.n NOT VALID;
-- foreign key m_n_fkey on public.m
--   may clash: ForeignKey, at once Some("ALTER TABLE public.m ADD CONSTRAINT m_n_fkey FOREIGN KEY (n) REFERENCES public.n ON DELETE SET NULL (n)")
ALTER TABLE public.m ADD CONSTRAINT m_n_fkey FOREIGN KEY (n) REFERENCES public.n ON DELETE SET NULL (n) NOT VALID;

-- tail:
-- foreign key n_up_fkey on public.n: validate, public.n
ALTER TABLE public.n VALIDATE CONSTRAINT n_up_fkey;
-- foreign key m_n_fkey on public.m: validate, public.m
ALTER TABLE public.m VALIDATE CONSTRAINT m_n_fkey;

-- parts:
--   column public.m.n
--   column public.n.id
--   column public.n.other
--   column public.n.up
--   constraint n_other_key on public.n
--   constraint n_pkey on public.n
--   foreign key m_n_fkey on public.m
--   foreign key n_up_fkey on public.n
--   index public.n_other_key
--   index public.n_pkey
--   index public.n_twin
--   table public.m
--   table public.n

-- renumbered:
--   (#pg_class:16411:0, "index public.n_pkey")
--   (#pg_constraint:16412:0, "constraint n_pkey on public.n")
--   (#pg_constraint:16415:0, "foreign key n_up_fkey on public.n")
--   (#pg_constraint:16418:0, "foreign key m_n_fkey on public.m")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.n t WHERE t.id IS NOT NULL AND (t.id) IN (SELECT r.id FROM public.n r GROUP BY r.id HAVING count(*) > 1)", keys: None, object: "constraint n_pkey on public.n", otherwise: "rows repeat a value of it: it stays away" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.n t WHERE t.up IS NOT NULL AND NOT EXISTS (SELECT FROM public.n f WHERE f.id = t.up)", keys: None, object: "foreign key n_up_fkey on public.n", otherwise: "rows refer to nothing: it holds for new rows only" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.m t WHERE t.n IS NOT NULL AND NOT EXISTS (SELECT FROM public.n f WHERE f.id = t.n)", keys: None, object: "foreign key m_n_fkey on public.m", otherwise: "rows refer to nothing: it holds for new rows only" }
