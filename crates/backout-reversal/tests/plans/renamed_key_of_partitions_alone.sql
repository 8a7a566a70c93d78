-- locks:
--   public.kp, SHARE ROW EXCLUSIVE
--   public.kq, SHARE ROW EXCLUSIVE
--   public.ku, SHARE ROW EXCLUSIVE
--   public.kw, SHARE ROW EXCLUSIVE

-- steps:
-- foreign key kw_u_fkey on public.kq
--   may clash: ForeignKey, at once None
ALTER TABLE public.kq ADD CONSTRAINT kw_u_fkey FOREIGN KEY (u) REFERENCES public.ku(k);
-- foreign key kw_u_fkey on public.kp
--   may clash: ForeignKey, at once None
ALTER TABLE public.kp ADD CONSTRAINT kw_u_fkey FOREIGN KEY (u) REFERENCES public.ku(k);
-- foreign key "x y" on public.kw
--   may clash: ForeignKey, at once None
ALTER TABLE public.kw ADD CONSTRAINT "x y" FOREIGN KEY (u) REFERENCES public.ku(k);

-- parts:
--   column public.kp.part
--   column public.kp.u
--   column public.kq.part
--   column public.kq.u
--   column public.kw.part
--   column public.kw.u
--   foreign key "x y" on public.kw
--   foreign key kw_u_fkey on public.kp
--   foreign key kw_u_fkey on public.kq
--   table public.kp
--   table public.kq
--   table public.kw

-- renumbered:
--   (#pg_constraint:16414:0, "foreign key \"x y\" on public.kw")
--   (#pg_constraint:16416:0, "foreign key kw_u_fkey on public.kp")
--   (#pg_constraint:16418:0, "foreign key kw_u_fkey on public.kq")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.kw t WHERE t.u IS NOT NULL AND NOT EXISTS (SELECT FROM public.ku f WHERE f.k = t.u)", keys: None, object: "foreign key \"x y\" on public.kw", otherwise: "rows refer to nothing: it stays away" }
