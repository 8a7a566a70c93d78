-- locks:
--   public.ku, SHARE ROW EXCLUSIVE

-- steps:
-- table public.kw
ALTER TABLE backout_archive_1."170482 kw" SET SCHEMA public;
-- table public.kp
ALTER TABLE backout_archive_1."170490 kp" SET SCHEMA public;
-- table public.kq
ALTER TABLE backout_archive_1."170496 kq" SET SCHEMA public;
-- table public.ks
ALTER TABLE backout_archive_1."170502 ks" SET SCHEMA public;
-- table public.kw
ALTER TABLE public."170482 kw" RENAME TO kw;
-- table public.kp
ALTER TABLE public."170490 kp" RENAME TO kp;
-- table public.kq
ALTER TABLE public."170496 kq" RENAME TO kq;
-- table public.ks
ALTER TABLE public."170502 ks" RENAME TO ks;
-- foreign key kw_u_fkey on public.kq
--   may clash: ForeignKey, at once None
ALTER TABLE public.kq ADD CONSTRAINT kw_u_fkey FOREIGN KEY (u) REFERENCES public.ku(k);
-- foreign key kw_u_fkey on public.kp
--   may clash: ForeignKey, at once None
ALTER TABLE public.kp ADD CONSTRAINT kw_u_fkey FOREIGN KEY (u) REFERENCES public.ku(k);
-- foreign key "x y" on public.kw
--   may clash: ForeignKey, at once None
ALTER TABLE public.kw ADD CONSTRAINT "x y" FOREIGN KEY (u) REFERENCES public.ku(k);

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.kp.part
--   column public.kp.u
--   column public.kq.part
--   column public.kq.u
--   column public.ks.part
--   column public.ks.u
--   column public.kw.part
--   column public.kw.u
--   foreign key "x y" on public.ks
--   foreign key "x y" on public.kw
--   foreign key kw_u_fkey on public.kp
--   foreign key kw_u_fkey on public.kq
--   table public.kp
--   table public.kq
--   table public.ks
--   table public.kw

-- renumbered:
--   (#pg_class:16413:0, "table public.kw")
--   (#pg_class:16413:1, "column public.kw.part")
--   (#pg_class:16413:2, "column public.kw.u")
--   (#pg_class:16415:0, "table public.kp")
--   (#pg_class:16415:1, "column public.kp.part")
--   (#pg_class:16415:2, "column public.kp.u")
--   (#pg_class:16417:0, "table public.kq")
--   (#pg_class:16417:1, "column public.kq.part")
--   (#pg_class:16417:2, "column public.kq.u")
--   (#pg_class:16419:0, "table public.ks")
--   (#pg_class:16419:1, "column public.ks.part")
--   (#pg_class:16419:2, "column public.ks.u")
--   (#pg_constraint:16414:0, "foreign key \"x y\" on public.kw")
--   (#pg_constraint:16416:0, "foreign key kw_u_fkey on public.kp")
--   (#pg_constraint:16418:0, "foreign key kw_u_fkey on public.kq")
--   (#pg_constraint:16420:0, "foreign key \"x y\" on public.ks")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM backout_archive_1.\"170482 kw\" t WHERE t.u IS NOT NULL AND NOT EXISTS (SELECT FROM public.ku f WHERE f.k = t.u)", keys: None, object: "foreign key \"x y\" on public.kw", otherwise: "rows refer to nothing: it stays away" }
