-- locks:
--   public.st, SHARE ROW EXCLUSIVE

-- steps:
-- sequence public.st_id_seq
ALTER SEQUENCE public.st_id_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 RESTART WITH 1;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.st
--   expected: 1 rows, otherwise rows that the migration put into table public.st stay: they were changed since, or others refer to them
DELETE FROM ONLY public.st t USING (SELECT i.* FROM backout_archive_1.rows_18834_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_18834_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.i, t.j)::text = ROW(p.id, p.i, p.j)::text;
-- sequence public.sr
SELECT pg_catalog.setval('public.sr', 42, true) FROM public.sr s WHERE s.last_value = 5000 AND s.is_called = false;
-- sequence public.st_id_seq
SELECT pg_catalog.setval('public.st_id_seq', 1, true);
-- sequence public.st_i_seq
SELECT pg_catalog.setval('public.st_i_seq', 1, true) FROM public.st_i_seq s WHERE s.last_value = 900 AND s.is_called = true;
-- sequence public.st_j_seq
SELECT pg_catalog.setval('public.st_j_seq', 1, true) FROM public.st_j_seq s WHERE s.last_value = 50 AND s.is_called = false;
-- sequence public.su
SELECT pg_catalog.setval('public.su', 7, false) FROM public.su s WHERE s.last_value = 1 AND s.is_called = false;
-- sequence public.sv
SELECT pg_catalog.setval('public.sv', 5, false) FROM public.sv s WHERE s.last_value = 8 AND s.is_called = false;

-- renumbered:
--   (#pg_class:16411:0, "sequence public.st_id_seq")
