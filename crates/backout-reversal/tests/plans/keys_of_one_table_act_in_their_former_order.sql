-- locks:
--   public.kb, ACCESS EXCLUSIVE
--   public.kp, ACCESS EXCLUSIVE

-- steps:
-- foreign key k2 on public.kb
ALTER TABLE public.kb DROP CONSTRAINT IF EXISTS k2 CASCADE;
-- foreign key k1 on public.kb
ALTER TABLE public.kb ADD CONSTRAINT k1 FOREIGN KEY (one) REFERENCES public.kp(id) ON DELETE CASCADE NOT VALID;
-- foreign key k2 on public.kb
ALTER TABLE public.kb ADD CONSTRAINT k2 FOREIGN KEY (two) REFERENCES public.kp(id) NOT VALID;

-- tail:
-- foreign key k1 on public.kb: validate, public.kb
ALTER TABLE public.kb VALIDATE CONSTRAINT k1;
-- foreign key k2 on public.kb: validate, public.kb
ALTER TABLE public.kb VALIDATE CONSTRAINT k2;

-- remade:
--   #pg_constraint:16417:0 foreign key k2 on public.kb

-- parts:
--   column public.kb.id
--   column public.kb.one
--   column public.kb.two
--   constraint kb_pkey on public.kb
--   foreign key k1 on public.kb
--   foreign key k2 on public.kb
--   index public.kb_pkey
--   table public.kb

-- renumbered:
--   (#pg_constraint:16416:0, "foreign key k1 on public.kb")
--   (#pg_constraint:16417:0, "foreign key k2 on public.kb")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.kb t WHERE t.one IS NOT NULL AND NOT EXISTS (SELECT FROM public.kp f WHERE f.id = t.one)", keys: Some("SELECT ROW(t.id)::text FROM public.kb t WHERE t.one IS NOT NULL AND NOT EXISTS (SELECT FROM public.kp f WHERE f.id = t.one) LIMIT 5"), object: "foreign key k1 on public.kb", otherwise: "rows refer to nothing: it holds for new rows only" }
