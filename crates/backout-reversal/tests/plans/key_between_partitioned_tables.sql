-- locks:
--   public.qa, SHARE ROW EXCLUSIVE
--   public.qb, SHARE ROW EXCLUSIVE
--   public.qb0, SHARE ROW EXCLUSIVE
--   public.qb1, SHARE ROW EXCLUSIVE

-- steps:
-- foreign key qbk on public.qb
--   may clash: ForeignKey, at once None
ALTER TABLE public.qb ADD CONSTRAINT qbk FOREIGN KEY (id, t) REFERENCES public.qa(id, t);

-- parts:
--   column public.qb.id
--   column public.qb.t
--   column public.qb0.id
--   column public.qb0.t
--   column public.qb1.id
--   column public.qb1.t
--   foreign key qbk on public.qb
--   foreign key qbk on public.qb0
--   foreign key qbk on public.qb1
--   table public.qb
--   table public.qb0
--   table public.qb1

-- renumbered:
--   (#pg_constraint:16420:0, "foreign key qbk on public.qb")
--   (#pg_constraint:16422:0, "foreign key qbk on public.qb0")
--   (#pg_constraint:16424:0, "foreign key qbk on public.qb1")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.qb t WHERE t.id IS NOT NULL AND t.t IS NOT NULL AND NOT EXISTS (SELECT FROM public.qa f WHERE f.id = t.id AND f.t = t.t)", keys: None, object: "foreign key qbk on public.qb", otherwise: "rows refer to nothing: it stays away" }
