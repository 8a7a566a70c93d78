-- locks:
--   public.kq, SHARE ROW EXCLUSIVE
--   public.kq1, SHARE ROW EXCLUSIVE

-- steps:
-- table public.kp
ALTER TABLE backout_archive_1."128012 kp" SET SCHEMA public;
-- table public.kp
ALTER TABLE public."128012 kp" RENAME TO kp;
-- constraint kp_pkey on public.kp
ALTER TABLE public.kp RENAME CONSTRAINT "128016 kp_pkey" TO kp_pkey;
-- foreign key kq_kp_fkey on public.kq
--   may clash: ForeignKey, at once None
ALTER TABLE public.kq ADD CONSTRAINT kq_kp_fkey FOREIGN KEY (kp) REFERENCES public.kp(id) DEFERRABLE;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.kp.id
--   column public.kq.id
--   column public.kq.kp
--   column public.kq1.id
--   column public.kq1.kp
--   constraint kp_pkey on public.kp
--   foreign key kq_kp_fkey on public.kq
--   foreign key kq_kp_fkey on public.kq1
--   index public.kp_pkey
--   table public.kp
--   table public.kq
--   table public.kq1

-- renumbered:
--   (#pg_class:16410:0, "table public.kp")
--   (#pg_class:16410:1, "column public.kp.id")
--   (#pg_class:16411:0, "index public.kp_pkey")
--   (#pg_constraint:16412:0, "constraint kp_pkey on public.kp")
--   (#pg_constraint:16414:0, "foreign key kq_kp_fkey on public.kq")
--   (#pg_constraint:16416:0, "foreign key kq_kp_fkey on public.kq1")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.kq t WHERE t.kp IS NOT NULL AND NOT EXISTS (SELECT FROM backout_archive_1.\"128012 kp\" f WHERE f.id = t.kp)", keys: None, object: "foreign key kq_kp_fkey on public.kq", otherwise: "rows refer to nothing: it stays away" }
