-- locks:
--   public.ul, ACCESS EXCLUSIVE

-- steps:
-- constraint ul_pkey on public.ul
ALTER TABLE public.ul DROP CONSTRAINT IF EXISTS ul_pkey CASCADE;
-- sequence public.ul_id_seq
ALTER SEQUENCE public.ul_id_seq SET UNLOGGED;
-- table public.ul
ALTER SEQUENCE public.ul_id_seq OWNED BY NONE;
-- table public.ul
ALTER SEQUENCE public.ul_n_seq RENAME TO backout_rebuilt_16411;
-- table public.ul
ALTER TABLE public.ul RENAME TO backout_rebuilt_16412;
-- table public.ul
CREATE UNLOGGED TABLE public.ul (id integer NOT NULL, gone text, kept text, n integer NOT NULL);
-- table public.ul
ALTER TABLE public.ul ALTER COLUMN n ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.ul_n_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1);
-- table public.ul
INSERT INTO public.ul (id, gone, kept, n) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.kept, t.n FROM ONLY public.backout_rebuilt_16412 t LEFT JOIN backout_archive_1.column_112682_2 c2 ON c2.id = t.id;
-- table public.ul
SELECT pg_catalog.setval('public.ul_n_seq', s.last_value, s.is_called) FROM public.backout_rebuilt_16411 s;
-- table public.ul
DROP TABLE public.backout_rebuilt_16412;
-- table public.ul
ALTER SEQUENCE public.ul_id_seq OWNED BY public.ul.id;
-- default public.ul.id
ALTER TABLE ONLY public.ul ALTER COLUMN id SET DEFAULT nextval('public.ul_id_seq'::regclass);
-- constraint ul_pkey on public.ul
--   may clash: Values, at once None
ALTER TABLE public.ul ADD CONSTRAINT ul_pkey PRIMARY KEY (id);

-- tail:
-- table public.ul: analyze
ANALYZE public.ul;

-- rebuilt:
--   public.ul

-- remade:
--   #pg_class:16412:0 table public.ul
--   #pg_class:16414:0 index public.ul_pkey
--   #pg_attrdef:16413:0 default public.ul.id
--   #pg_constraint:16415:0 constraint ul_pkey on public.ul

-- parts:
--   column public.ul.gone
--   column public.ul.id
--   column public.ul.kept
--   column public.ul.n
--   constraint ul_pkey on public.ul
--   default public.ul.id
--   index public.ul_pkey
--   table public.ul

-- renumbered:
--   (#pg_class:16410:0, "sequence public.ul_id_seq")
--   (#pg_class:16411:0, "sequence public.ul_n_seq")
--   (#pg_class:16412:0, "table public.ul")
--   (#pg_class:16412:1, "column public.ul.id")
--   (#pg_class:16412:2, "column public.ul.gone")
--   (#pg_class:16412:3, "column public.ul.kept")
--   (#pg_class:16412:4, "column public.ul.n")
--   (#pg_class:16414:0, "index public.ul_pkey")
--   (#pg_attrdef:16413:0, "default public.ul.id")
--   (#pg_constraint:16415:0, "constraint ul_pkey on public.ul")
