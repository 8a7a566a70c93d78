-- locks:
--   public.fp, SHARE ROW EXCLUSIVE
--   public.fq, SHARE ROW EXCLUSIVE
--   public.fw, SHARE ROW EXCLUSIVE

-- steps:
-- table public.fc
ALTER TABLE backout_archive_1."174754 fc" SET SCHEMA public;
-- table public.fc
ALTER TABLE public."174754 fc" RENAME TO fc;
-- constraint fc_pkey on public.fc
ALTER TABLE public.fc RENAME CONSTRAINT "174759 fc_pkey" TO fc_pkey;
-- foreign key fk on public.fw
--   may clash: ForeignKey, at once None
ALTER TABLE public.fw ADD CONSTRAINT fk FOREIGN KEY (i) REFERENCES public.fc(k);
-- foreign key fk on public.fw
COMMENT ON CONSTRAINT fk ON public.fw IS 'whole';
-- foreign key fk on public.fp
COMMENT ON CONSTRAINT fk ON public.fp IS 'said';
-- foreign key fk on public.fq
COMMENT ON CONSTRAINT fk ON public.fq IS 'said''s';

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- parts:
--   column public.fc.k
--   column public.fp.i
--   column public.fp.part
--   column public.fq.i
--   column public.fq.part
--   column public.fw.i
--   column public.fw.part
--   constraint fc_pkey on public.fc
--   foreign key fk on public.fp
--   foreign key fk on public.fq
--   foreign key fk on public.fw
--   index public.fc_pkey
--   table public.fc
--   table public.fp
--   table public.fq
--   table public.fw

-- renumbered:
--   (#pg_class:16410:0, "table public.fc")
--   (#pg_class:16410:1, "column public.fc.k")
--   (#pg_class:16411:0, "index public.fc_pkey")
--   (#pg_constraint:16412:0, "constraint fc_pkey on public.fc")
--   (#pg_constraint:16414:0, "foreign key fk on public.fw")
--   (#pg_constraint:16416:0, "foreign key fk on public.fp")
--   (#pg_constraint:16418:0, "foreign key fk on public.fq")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.fw t WHERE t.i IS NOT NULL AND NOT EXISTS (SELECT FROM backout_archive_1.\"174754 fc\" f WHERE f.k = t.i)", keys: None, object: "foreign key fk on public.fw", otherwise: "rows refer to nothing: it stays away" }
