-- locks:
--   public.t, ACCESS EXCLUSIVE

-- steps:
-- sequence public.t_id_seq
ALTER SEQUENCE public.t_id_seq RENAME TO backout_renamed_16415_0;
-- column public.t.id
ALTER TABLE public.t ALTER COLUMN id DROP IDENTITY;
-- column public.t.id
ALTER TABLE public.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.t_id_seq INCREMENT BY 2 MINVALUE 1 MAXVALUE 2147483647 START WITH 7 CACHE 1);
-- sequence public.t_id_seq
SELECT pg_catalog.setval('public.t_id_seq', 7, true);

-- parts:
--   column public.t.id
--   column public.t.v
--   constraint t_pkey on public.t
--   index public.t_pkey
--   table public.t

-- renumbered:
--   (#pg_class:16410:0, "sequence public.t_id_seq")
--   (#pg_class:16411:1, "column public.t.id")
