-- locks:
--   public.ka, ACCESS EXCLUSIVE
--   public.kb, ACCESS EXCLUSIVE

-- steps:
-- table public.ka
ALTER TABLE public.ka NO FORCE ROW LEVEL SECURITY;
-- table public.ka
ALTER TABLE public.ka RENAME TO backout_rebuilt_16410;
-- table public.ka
CREATE TABLE public.ka (k integer, c text);
-- table public.ka
INSERT INTO public.ka (k, c) OVERRIDING SYSTEM VALUE SELECT NULL, t.c FROM ONLY public.backout_rebuilt_16410 t;
-- column public.ka.k
--   if all rows of public.ka have a value of k
ALTER TABLE public.ka ALTER COLUMN k SET NOT NULL;
-- table public.ka
DROP TABLE public.backout_rebuilt_16410;
-- table public.ka
ALTER TABLE public.ka ENABLE ROW LEVEL SECURITY;
-- table public.ka
ALTER TABLE public.ka FORCE ROW LEVEL SECURITY;
-- constraint ka_pkey on public.ka
--   may clash: Values, at once None
ALTER TABLE public.ka ADD CONSTRAINT ka_pkey PRIMARY KEY (k);
-- table public.ka
ALTER TABLE public.ka NO FORCE ROW LEVEL SECURITY;
-- foreign key kb_k_fkey on public.kb
--   may clash: ForeignKey, at once None
--   or else: Fallback { statements: ["ALTER TABLE public.kb ADD CONSTRAINT kb_k_fkey FOREIGN KEY (k) REFERENCES public.ka(k) DEFERRABLE INITIALLY DEFERRED NOT VALID"], count: "SELECT count(*) FROM public.kb t WHERE t.k IS NOT NULL AND NOT EXISTS (SELECT FROM public.ka p WHERE p.k = t.k)", otherwise: "rows refer to nothing: foreign key kb_k_fkey on public.kb holds for new rows only (NOT VALID); mend them as a role that row security does not apply to", mend: ["ALTER TABLE public.kb VALIDATE CONSTRAINT kb_k_fkey"], nullable: [], loosens: Some("foreign key kb_k_fkey on public.kb"), rows: None, if_none: [] }
ALTER TABLE public.kb ADD CONSTRAINT kb_k_fkey FOREIGN KEY (k) REFERENCES public.ka(k) DEFERRABLE INITIALLY DEFERRED;
-- table public.ka
ALTER TABLE public.ka FORCE ROW LEVEL SECURITY;

-- tail:
-- table public.ka: analyze
ANALYZE public.ka;

-- rebuilt:
--   public.ka

-- remade:
--   #pg_class:16410:0 table public.ka

-- parts:
--   column public.ka.c
--   column public.ka.k
--   column public.kb.id
--   column public.kb.k
--   constraint ka_pkey on public.ka
--   constraint kb_pkey on public.kb
--   foreign key kb_k_fkey on public.kb
--   index public.ka_pkey
--   index public.kb_pkey
--   table public.ka
--   table public.kb

-- renumbered:
--   (#pg_class:16410:0, "table public.ka")
--   (#pg_class:16410:1, "column public.ka.k")
--   (#pg_class:16410:2, "column public.ka.c")
--   (#pg_class:16411:0, "index public.ka_pkey")
--   (#pg_constraint:16412:0, "constraint ka_pkey on public.ka")
--   (#pg_constraint:16416:0, "foreign key kb_k_fkey on public.kb")

-- needs values:
--   NeedsValues { table: "public.ka", column: "k", heirs: ["public.ka"], forced: true }
