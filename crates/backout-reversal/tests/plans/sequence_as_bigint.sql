-- steps:
-- sequence public.sb_id_seq
ALTER SEQUENCE public.sb_id_seq INCREMENT BY 1;
-- sequence public.sb_id_seq
SELECT pg_catalog.setval('public.sb_id_seq', 2147483647, true) FROM public.sb_id_seq s WHERE s.last_value > 2147483647;
-- sequence public.sb_id_seq
ALTER SEQUENCE public.sb_id_seq AS integer MINVALUE 1 MAXVALUE 2147483647;
-- sequence public.sb_id_seq
SELECT pg_catalog.setval('public.sb_id_seq', least(greatest(coalesce((SELECT max(id) FROM public.sb), 1), 1), 2147483647), EXISTS (SELECT FROM public.sb WHERE id IS NOT NULL)) FROM public.sb_id_seq s WHERE s.last_value = 2147483647 AND s.is_called;

-- renumbered:
--   (#pg_class:16410:0, "sequence public.sb_id_seq")
