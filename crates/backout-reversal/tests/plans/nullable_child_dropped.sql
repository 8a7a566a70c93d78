-- locks:
--   public.cq, ACCESS EXCLUSIVE

-- steps:
-- table public.co
ALTER TABLE backout_archive_1."175384 co" SET SCHEMA public;
-- table public.cp
ALTER TABLE backout_archive_1."175392 cp" SET SCHEMA public;
-- table public.co
ALTER TABLE public."175384 co" RENAME TO co;
-- table public.cp
ALTER TABLE public."175392 cp" RENAME TO cp;
-- constraint co_pkey on public.co
ALTER TABLE public.co RENAME CONSTRAINT "175391 co_pkey" TO co_pkey;
-- table public.co
ALTER TABLE public.co NO FORCE ROW LEVEL SECURITY;
-- table public.co
CREATE TABLE public.backout_apart_16414 AS SELECT id, v, w, k FROM ONLY public.co WHERE id IS NULL OR v IS NULL;
-- table public.co
DELETE FROM ONLY public.co WHERE id IS NULL OR v IS NULL;
-- table public.co
ALTER TABLE ONLY public.co ALTER COLUMN id SET NOT NULL;
-- table public.co
ALTER TABLE ONLY public.co ALTER COLUMN v SET NOT NULL;
-- table public.co
ALTER TABLE public.co INHERIT public.cn;
-- table public.co
ALTER TABLE ONLY public.co ALTER COLUMN id DROP NOT NULL;
-- table public.co
ALTER TABLE ONLY public.co ALTER COLUMN v DROP NOT NULL;
-- table public.co
INSERT INTO public.co (id, v, w, k) OVERRIDING SYSTEM VALUE SELECT id, v, w, k FROM public.backout_apart_16414;
-- table public.co
DROP TABLE public.backout_apart_16414;
-- table public.co
ALTER TABLE public.co FORCE ROW LEVEL SECURITY;
-- table public.co
ALTER TABLE public.co NO FORCE ROW LEVEL SECURITY;
-- foreign key cq_k_fkey on public.cq
--   or else: Fallback { statements: ["ALTER TABLE public.cq ADD CONSTRAINT cq_k_fkey FOREIGN KEY (k) REFERENCES public.co(k) ON DELETE CASCADE NOT VALID"], count: "SELECT count(*) FROM public.cq t WHERE t.k IS NOT NULL AND NOT EXISTS (SELECT FROM public.co p WHERE p.k = t.k)", otherwise: "rows refer to nothing: foreign key cq_k_fkey on public.cq holds for new rows only (NOT VALID); mend them as a role that row security does not apply to", mend: ["ALTER TABLE public.cq VALIDATE CONSTRAINT cq_k_fkey"], nullable: [], loosens: Some("foreign key cq_k_fkey on public.cq"), rows: None, if_none: [] }
ALTER TABLE public.cq ADD CONSTRAINT cq_k_fkey FOREIGN KEY (k) REFERENCES public.co(k) ON DELETE CASCADE;
-- table public.co
ALTER TABLE public.co FORCE ROW LEVEL SECURITY;
-- trigger noted on public.co
CREATE TRIGGER noted BEFORE INSERT OR DELETE ON public.co FOR EACH ROW EXECUTE FUNCTION public.touch();
-- policy nothing on public.co
CREATE POLICY nothing ON public.co AS PERMISSIVE FOR ALL USING (false);
-- table public.co
ALTER TABLE public.co NO INHERIT backout_archive_1.foster_175377_175384;
-- table public.co
DROP TABLE backout_archive_1.foster_175377_175384;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.co.g
--   column public.co.id
--   column public.co.k
--   column public.co.v
--   column public.co.w
--   column public.cp.g
--   column public.cp.id
--   column public.cp.k
--   column public.cp.v
--   column public.cp.w
--   column public.cq.k
--   constraint co_pkey on public.co
--   foreign key cq_k_fkey on public.cq
--   index public.co_pkey
--   policy nothing on public.co
--   table public.co
--   table public.cp
--   table public.cq
--   trigger noted on public.co

-- renumbered:
--   (#pg_class:16414:0, "table public.co")
--   (#pg_class:16414:1, "column public.co.id")
--   (#pg_class:16414:2, "column public.co.v")
--   (#pg_class:16414:3, "column public.co.w")
--   (#pg_class:16414:4, "column public.co.k")
--   (#pg_class:16414:5, "column public.co.g")
--   (#pg_class:16415:0, "index public.co_pkey")
--   (#pg_class:16417:0, "table public.cp")
--   (#pg_class:16417:1, "column public.cp.id")
--   (#pg_class:16417:2, "column public.cp.v")
--   (#pg_class:16417:3, "column public.cp.w")
--   (#pg_class:16417:4, "column public.cp.k")
--   (#pg_class:16417:5, "column public.cp.g")
--   (#pg_constraint:16416:0, "constraint co_pkey on public.co")
--   (#pg_constraint:16421:0, "foreign key cq_k_fkey on public.cq")
--   (#pg_trigger:16419:0, "trigger noted on public.co")
--   (#pg_policy:16418:0, "policy nothing on public.co")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.cq t WHERE t.k IS NOT NULL AND NOT EXISTS (SELECT FROM backout_archive_1.\"175384 co\" f WHERE f.k = t.k)", keys: None, object: "foreign key cq_k_fkey on public.cq", otherwise: "rows refer to nothing: it holds for new rows only" }
