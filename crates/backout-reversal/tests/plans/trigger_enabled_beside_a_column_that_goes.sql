-- locks:
--   public.te, ACCESS EXCLUSIVE

-- steps:
-- trigger tet on public.te
ALTER TABLE ONLY public.te ENABLE TRIGGER tet;
-- trigger teu on public.te
ALTER TABLE ONLY public.te DISABLE TRIGGER teu;
-- column public.te.b
ALTER TABLE public.te ADD COLUMN b integer;
-- column public.te.b
ALTER TABLE public.te DISABLE TRIGGER tet;
-- column public.te.b
ALTER TABLE public.te DISABLE TRIGGER teu;
-- column public.te.b
UPDATE ONLY public.te t SET b = c.backout_value FROM backout_archive_1.column_46929_3 c WHERE t.id = c.id;
-- column public.te.b
ALTER TABLE public.te ENABLE TRIGGER tet;

-- parts:
--   column public.te.a
--   column public.te.b
--   column public.te.id
--   constraint te_pkey on public.te
--   index public.te_pkey
--   table public.te
--   trigger tet on public.te
--   trigger teu on public.te

-- renumbered:
--   (#pg_class:16410:3, "column public.te.b")
--   (#pg_trigger:16414:0, "trigger tet on public.te")
--   (#pg_trigger:16415:0, "trigger teu on public.te")
