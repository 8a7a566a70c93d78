-- locks:
--   public.va, ACCESS EXCLUSIVE

-- steps:
-- column public.va.n
ALTER TABLE public.va ADD COLUMN n integer;
-- column public.va.n
UPDATE ONLY public.va t SET n = c.backout_value FROM backout_archive_1.column_126016_2 c WHERE t.id = c.id;
-- view public.vx
CREATE VIEW public.vx AS SELECT NULL::integer AS id, NULL::integer AS n;
-- view public.vy
CREATE VIEW public.vy AS SELECT NULL::integer AS id, NULL::integer AS n;
-- view public.vy
CREATE OR REPLACE VIEW public.vy AS  SELECT va.id,
    va.n
   FROM public.va
  GROUP BY va.id;
-- view public.vx
CREATE OR REPLACE VIEW public.vx AS  SELECT y.id,
    b.n
   FROM (public.vy y
     JOIN public.vb b USING (id))
  GROUP BY y.id, b.id;

-- parts:
--   column public.va.id
--   column public.va.n
--   constraint va_pkey on public.va
--   index public.va_pkey
--   table public.va

-- renumbered:
--   (#pg_class:16410:2, "column public.va.n")
--   (#pg_class:16416:0, "view public.vx")
--   (#pg_class:16416:1, "column public.vx.id")
--   (#pg_class:16416:2, "column public.vx.n")
--   (#pg_class:16417:0, "view public.vy")
--   (#pg_class:16417:1, "column public.vy.id")
--   (#pg_class:16417:2, "column public.vy.n")
