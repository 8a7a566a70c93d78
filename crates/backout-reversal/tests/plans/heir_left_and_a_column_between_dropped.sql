-- locks:
--   public.hc, ACCESS EXCLUSIVE
--   public.hp, ACCESS EXCLUSIVE

-- steps:
-- constraint hp_pkey on public.hp
ALTER TABLE public.hp DROP CONSTRAINT IF EXISTS hp_pkey CASCADE;
-- table public.hp
ALTER TABLE public.hp RENAME TO backout_rebuilt_16410;
-- table public.hp
CREATE TABLE public.hp (id integer NOT NULL, doc text, o text);
-- table public.hp
INSERT INTO public.hp (id, doc, o) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.o FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_168301_2 c2 ON c2.id = t.id;
-- table public.hp
DROP TABLE public.backout_rebuilt_16410;
-- table public.hc
ALTER TABLE public.hc RENAME TO backout_rebuilt_16414;
-- table public.hc
CREATE TABLE public.hc () INHERITS (public.hp);
-- table public.hc
INSERT INTO public.hc (id, doc, o) OVERRIDING SYSTEM VALUE SELECT t.id, t.doc, t.o FROM ONLY public.backout_rebuilt_16414 t;
-- table public.hc
DROP TABLE public.backout_rebuilt_16414;
-- default public.hp.o
ALTER TABLE ONLY public.hp ALTER COLUMN o SET DEFAULT 'me'::text;
-- default public.hc.o
ALTER TABLE ONLY public.hc ALTER COLUMN o SET DEFAULT 'me'::text;
-- constraint hp_pkey on public.hp
--   may clash: Values, at once None
ALTER TABLE public.hp ADD CONSTRAINT hp_pkey PRIMARY KEY (id);

-- tail:
-- table public.hp: analyze
ANALYZE public.hp;
-- table public.hc: analyze
ANALYZE public.hc;

-- rebuilt:
--   public.hp
--   public.hc

-- remade:
--   #pg_class:16410:0 table public.hp
--   #pg_class:16412:0 index public.hp_pkey
--   #pg_class:16414:0 table public.hc
--   #pg_attrdef:16411:0 default public.hp.o
--   #pg_attrdef:16415:0 default public.hc.o
--   #pg_constraint:16413:0 constraint hp_pkey on public.hp

-- parts:
--   column public.hc.doc
--   column public.hc.id
--   column public.hc.o
--   column public.hp.doc
--   column public.hp.id
--   column public.hp.o
--   constraint hp_pkey on public.hp
--   default public.hc.o
--   default public.hp.o
--   index public.hp_pkey
--   table public.hc
--   table public.hp

-- renumbered:
--   (#pg_class:16410:0, "table public.hp")
--   (#pg_class:16410:1, "column public.hp.id")
--   (#pg_class:16410:2, "column public.hp.doc")
--   (#pg_class:16410:3, "column public.hp.o")
--   (#pg_class:16412:0, "index public.hp_pkey")
--   (#pg_class:16414:0, "table public.hc")
--   (#pg_class:16414:1, "column public.hc.id")
--   (#pg_class:16414:2, "column public.hc.doc")
--   (#pg_class:16414:3, "column public.hc.o")
--   (#pg_attrdef:16411:0, "default public.hp.o")
--   (#pg_attrdef:16415:0, "default public.hc.o")
--   (#pg_constraint:16413:0, "constraint hp_pkey on public.hp")
