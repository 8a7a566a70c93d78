-- steps:
-- sequence public.sm
ALTER SEQUENCE public.sm INCREMENT BY -2;
-- sequence public.sm
SELECT pg_catalog.setval('public.sm', 5, true) FROM public.sm s WHERE s.last_value < 5;
-- sequence public.sm
ALTER SEQUENCE public.sm AS smallint INCREMENT BY 1 MINVALUE 5 MAXVALUE 50;
-- sequence public.sm
SELECT pg_catalog.setval('public.sm', 7, false) FROM public.sm s WHERE s.last_value = 5 AND s.is_called = false;

-- renumbered:
--   (#pg_class:16410:0, "sequence public.sm")
