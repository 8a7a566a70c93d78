-- locks:
--   public.ia, ACCESS EXCLUSIVE

-- steps:
-- column public.ia.a
ALTER TABLE public.ia ALTER COLUMN a DROP IDENTITY;
-- column public.ia.b
ALTER TABLE public.ia ALTER COLUMN b ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.ia_b_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1);
-- sequence public.ia_b_seq
GRANT SELECT ON SEQUENCE public.ia_b_seq TO PUBLIC;
-- sequence public.ia_b_seq
COMMENT ON SEQUENCE public.ia_b_seq IS 'bb';
-- sequence public.ia_b_seq
SELECT pg_catalog.setval('public.ia_b_seq', 1, false);

-- parts:
--   column public.ia.a
--   column public.ia.b
--   table public.ia

-- renumbered:
--   (#pg_class:16410:0, "sequence public.ia_b_seq")
--   (#pg_class:16411:1, "column public.ia.a")
--   (#pg_class:16411:2, "column public.ia.b")
