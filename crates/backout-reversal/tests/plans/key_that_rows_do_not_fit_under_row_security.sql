-- locks:
--   public.fh, ACCESS EXCLUSIVE
--   public.fi, ACCESS EXCLUSIVE

-- steps:
-- table public.fh
ALTER TABLE public.fh NO FORCE ROW LEVEL SECURITY;
-- foreign key fk on public.fi
--   or else: Fallback { statements: ["ALTER TABLE public.fi ADD CONSTRAINT fk FOREIGN KEY (r) REFERENCES public.fh(id) NOT VALID"], count: "SELECT count(*) FROM public.fi t WHERE t.r IS NOT NULL AND NOT EXISTS (SELECT FROM public.fh p WHERE p.id = t.r)", otherwise: "rows refer to nothing: foreign key fk on public.fi holds for new rows only (NOT VALID); mend them as a role that row security does not apply to", mend: ["ALTER TABLE public.fi VALIDATE CONSTRAINT fk"], nullable: [], loosens: Some("foreign key fk on public.fi"), rows: None, if_none: [] }
ALTER TABLE public.fi ADD CONSTRAINT fk FOREIGN KEY (r) REFERENCES public.fh(id);
-- table public.fh
ALTER TABLE public.fh FORCE ROW LEVEL SECURITY;
-- foreign key fk on public.fi
COMMENT ON CONSTRAINT fk ON public.fi IS 'c';

-- parts:
--   column public.fi.k
--   column public.fi.r
--   constraint fi_pkey on public.fi
--   foreign key fk on public.fi
--   index public.fi_pkey
--   table public.fi

-- renumbered:
--   (#pg_constraint:16416:0, "foreign key fk on public.fi")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.fi t WHERE t.r IS NOT NULL AND NOT EXISTS (SELECT FROM public.fh f WHERE f.id = t.r)", keys: Some("SELECT ROW(t.k)::text FROM public.fi t WHERE t.r IS NOT NULL AND NOT EXISTS (SELECT FROM public.fh f WHERE f.id = t.r) LIMIT 5"), object: "foreign key fk on public.fi", otherwise: "rows refer to nothing: it holds for new rows only" }
