-- locks:
--   public.ul, ACCESS EXCLUSIVE

-- steps:
-- constraint ul_pkey on public.ul
ALTER TABLE public.ul DROP CONSTRAINT IF EXISTS ul_pkey CASCADE;
-- sequence public.ul_id_seq
ALTER SEQUENCE public.ul_id_seq SET LOGGED;
-- table public.ul
ALTER SEQUENCE public.ul_id_seq OWNED BY NONE;
-- table public.ul
ALTER TABLE public.ul RENAME TO backout_rebuilt_16411;
-- table public.ul
CREATE TABLE public.ul (id integer NOT NULL, gone text, kept text);
-- table public.ul
INSERT INTO public.ul (id, gone, kept) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.kept FROM ONLY public.backout_rebuilt_16411 t LEFT JOIN backout_archive_1.column_112299_2 c2 ON c2.id = t.id;
-- table public.ul
DROP TABLE public.backout_rebuilt_16411;
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
--   #pg_class:16411:0 table public.ul
--   #pg_class:16413:0 index public.ul_pkey
--   #pg_attrdef:16412:0 default public.ul.id
--   #pg_constraint:16414:0 constraint ul_pkey on public.ul

-- parts:
--   column public.ul.gone
--   column public.ul.id
--   column public.ul.kept
--   constraint ul_pkey on public.ul
--   default public.ul.id
--   index public.ul_pkey
--   table public.ul

-- renumbered:
--   (#pg_class:16410:0, "sequence public.ul_id_seq")
--   (#pg_class:16411:0, "table public.ul")
--   (#pg_class:16411:1, "column public.ul.id")
--   (#pg_class:16411:2, "column public.ul.gone")
--   (#pg_class:16411:3, "column public.ul.kept")
--   (#pg_class:16413:0, "index public.ul_pkey")
--   (#pg_attrdef:16412:0, "default public.ul.id")
--   (#pg_constraint:16414:0, "constraint ul_pkey on public.ul")
