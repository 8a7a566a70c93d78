-- locks:
--   public.kb, SHARE ROW EXCLUSIVE
--   public.kc, ACCESS EXCLUSIVE
--   public.kp, ACCESS EXCLUSIVE

-- steps:
-- foreign key kc_kp_fkey on public.kc
ALTER TABLE public.kc DROP CONSTRAINT IF EXISTS kc_kp_fkey CASCADE;
-- table public.ka
ALTER TABLE backout_archive_1."105868 ka" SET SCHEMA public;
-- table public.ka
ALTER TABLE public."105868 ka" RENAME TO ka;
-- constraint ka_pkey on public.ka
ALTER TABLE public.ka RENAME CONSTRAINT "105873 ka_pkey" TO ka_pkey;
-- foreign key ka_kp_fkey on public.ka
ALTER TABLE public.ka ADD CONSTRAINT ka_kp_fkey FOREIGN KEY (kp) REFERENCES public.kp(id) ON DELETE CASCADE NOT VALID;
-- foreign key kc_kp_fkey on public.kc
ALTER TABLE public.kc ADD CONSTRAINT kc_kp_fkey FOREIGN KEY (kp) REFERENCES public.kp(id) ON DELETE CASCADE NOT VALID;
-- foreign key kb_ka_fkey on public.kb
ALTER TABLE public.kb ADD CONSTRAINT kb_ka_fkey FOREIGN KEY (ka) REFERENCES public.ka(id) ON DELETE CASCADE NOT VALID;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- tail:
-- foreign key ka_kp_fkey on public.ka: validate, public.ka
ALTER TABLE public.ka VALIDATE CONSTRAINT ka_kp_fkey;
-- foreign key kc_kp_fkey on public.kc: validate, public.kc
ALTER TABLE public.kc VALIDATE CONSTRAINT kc_kp_fkey;
-- foreign key kb_ka_fkey on public.kb: validate, public.kb
ALTER TABLE public.kb VALIDATE CONSTRAINT kb_ka_fkey;

-- remade:
--   #pg_constraint:16420:0 foreign key kc_kp_fkey on public.kc

-- parts:
--   column public.ka.id
--   column public.ka.kp
--   column public.kb.id
--   column public.kb.ka
--   column public.kb.kc
--   column public.kc.id
--   column public.kc.kp
--   constraint ka_pkey on public.ka
--   constraint kb_pkey on public.kb
--   constraint kc_pkey on public.kc
--   foreign key ka_kp_fkey on public.ka
--   foreign key kb_ka_fkey on public.kb
--   foreign key kb_kc_fkey on public.kb
--   foreign key kc_kp_fkey on public.kc
--   index public.ka_pkey
--   index public.kb_pkey
--   index public.kc_pkey
--   table public.ka
--   table public.kb
--   table public.kc

-- renumbered:
--   (#pg_class:16413:0, "table public.ka")
--   (#pg_class:16413:1, "column public.ka.id")
--   (#pg_class:16413:2, "column public.ka.kp")
--   (#pg_class:16414:0, "index public.ka_pkey")
--   (#pg_constraint:16415:0, "constraint ka_pkey on public.ka")
--   (#pg_constraint:16416:0, "foreign key ka_kp_fkey on public.ka")
--   (#pg_constraint:16420:0, "foreign key kc_kp_fkey on public.kc")
--   (#pg_constraint:16424:0, "foreign key kb_ka_fkey on public.kb")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM backout_archive_1.\"105868 ka\" t WHERE t.kp IS NOT NULL AND NOT EXISTS (SELECT FROM public.kp f WHERE f.id = t.kp)", keys: Some("SELECT ROW(t.id)::text FROM backout_archive_1.\"105868 ka\" t WHERE t.kp IS NOT NULL AND NOT EXISTS (SELECT FROM public.kp f WHERE f.id = t.kp) LIMIT 5"), object: "foreign key ka_kp_fkey on public.ka", otherwise: "rows refer to nothing: it holds for new rows only" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.kb t WHERE t.ka IS NOT NULL AND NOT EXISTS (SELECT FROM backout_archive_1.\"105868 ka\" f WHERE f.id = t.ka)", keys: Some("SELECT ROW(t.id)::text FROM public.kb t WHERE t.ka IS NOT NULL AND NOT EXISTS (SELECT FROM backout_archive_1.\"105868 ka\" f WHERE f.id = t.ka) LIMIT 5"), object: "foreign key kb_ka_fkey on public.kb", otherwise: "rows refer to nothing: it holds for new rows only" }
