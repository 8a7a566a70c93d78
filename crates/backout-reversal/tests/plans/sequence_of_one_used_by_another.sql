-- locks:
--   public.so, ACCESS EXCLUSIVE
--   public.sx, ACCESS EXCLUSIVE

-- steps:
-- sequence public.so_id_seq
ALTER SEQUENCE backout_archive_1."120124 so_id_seq" SET SCHEMA public;
-- sequence public.so_id_seq
ALTER SEQUENCE public."120124 so_id_seq" RENAME TO so_id_seq;
-- column public.sx.y
ALTER TABLE public.sx ADD COLUMN y text;
-- column public.sx.y
UPDATE ONLY public.sx t SET y = c.backout_value FROM backout_archive_1.column_120131_2 c WHERE t.x = c.x;
-- default public.so.id
ALTER TABLE ONLY public.so ALTER COLUMN id SET DEFAULT nextval('public.so_id_seq'::regclass);
-- sequence public.so_id_seq
ALTER SEQUENCE public.so_id_seq OWNED BY public.sx.y;

-- parts:
--   column public.so.id
--   column public.so.n
--   column public.sx.x
--   column public.sx.y
--   constraint so_pkey on public.so
--   constraint sx_pkey on public.sx
--   default public.so.id
--   index public.so_pkey
--   index public.sx_pkey
--   table public.so
--   table public.sx

-- renumbered:
--   (#pg_class:16410:0, "sequence public.so_id_seq")
--   (#pg_class:16415:2, "column public.sx.y")
--   (#pg_attrdef:16412:0, "default public.so.id")
