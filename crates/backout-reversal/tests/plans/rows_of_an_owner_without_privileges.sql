-- locks:
--   public.op, ACCESS EXCLUSIVE

-- steps:
-- column public.op.b
ALTER TABLE public.op ADD COLUMN b text;
-- column public.op.c
ALTER TABLE public.op ADD COLUMN c text;
-- column public.op.b
GRANT INSERT, UPDATE ON public.op TO app_owner;
-- column public.op.b
UPDATE ONLY public.op t SET b = c.backout_value FROM backout_archive_1.column_126659_2 c WHERE t.a = c.a;
-- column public.op.b
REVOKE INSERT, UPDATE ON public.op FROM app_owner;
-- column public.op.c
GRANT INSERT, UPDATE ON public.op TO app_owner;
-- column public.op.c
UPDATE ONLY public.op t SET c = c.backout_value FROM backout_archive_1.column_126659_3 c WHERE t.a = c.a;
-- column public.op.c
REVOKE INSERT, UPDATE ON public.op FROM app_owner;

-- parts:
--   column public.op.a
--   column public.op.b
--   column public.op.c
--   constraint op_pkey on public.op
--   index public.op_pkey
--   table public.op

-- renumbered:
--   (#pg_class:16410:2, "column public.op.b")
--   (#pg_class:16410:3, "column public.op.c")
