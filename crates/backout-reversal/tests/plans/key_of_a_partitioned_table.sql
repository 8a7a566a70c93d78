-- locks:
--   public.pt, ACCESS EXCLUSIVE
--   public.pt1, ACCESS EXCLUSIVE

-- steps:
-- table public.pk1
ALTER TABLE backout_archive_1."60724 pk1" SET SCHEMA public;
-- table public.pk1
ALTER TABLE public."60724 pk1" RENAME TO pk1;
-- constraint pk1_pkey on public.pk1
ALTER TABLE public.pk1 RENAME CONSTRAINT "60728 pk1_pkey" TO pk1_pkey;
-- constraint pt_p_check on public.pt
ALTER TABLE public.pt ADD CONSTRAINT pt_p_check CHECK ((p > 0)) NOT VALID;
-- foreign key pt_id_fkey on public.pt
--   may clash: ForeignKey, at once None
ALTER TABLE public.pt ADD CONSTRAINT pt_id_fkey FOREIGN KEY (id) REFERENCES public.pk1(id) DEFERRABLE;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- tail:
-- constraint pt_p_check on public.pt: validate, public.pt
ALTER TABLE public.pt VALIDATE CONSTRAINT pt_p_check;

-- parts:
--   column public.pk1.id
--   column public.pt.id
--   column public.pt.p
--   column public.pt1.id
--   column public.pt1.p
--   constraint pk1_pkey on public.pk1
--   constraint pt_p_check on public.pt
--   constraint pt_p_check on public.pt1
--   foreign key pt_id_fkey on public.pt
--   foreign key pt_id_fkey on public.pt1
--   index public.pk1_pkey
--   table public.pk1
--   table public.pt
--   table public.pt1

-- renumbered:
--   (#pg_class:16410:0, "table public.pk1")
--   (#pg_class:16410:1, "column public.pk1.id")
--   (#pg_class:16411:0, "index public.pk1_pkey")
--   (#pg_constraint:16412:0, "constraint pk1_pkey on public.pk1")
--   (#pg_constraint:16414:0, "constraint pt_p_check on public.pt")
--   (#pg_constraint:16415:0, "foreign key pt_id_fkey on public.pt")
--   (#pg_constraint:16417:0, "constraint pt_p_check on public.pt1")
--   (#pg_constraint:16418:0, "foreign key pt_id_fkey on public.pt1")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.pt t WHERE NOT (((p > 0)))", keys: None, object: "constraint pt_p_check on public.pt", otherwise: "rows do not fit it: it holds for new rows only" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.pt t WHERE t.id IS NOT NULL AND NOT EXISTS (SELECT FROM backout_archive_1.\"60724 pk1\" f WHERE f.id = t.id)", keys: None, object: "foreign key pt_id_fkey on public.pt", otherwise: "rows refer to nothing: it stays away" }
