-- locks:
--   public.tt, ACCESS EXCLUSIVE

-- steps:
-- constraint tt_pkey on public.tt
ALTER TABLE public.tt DROP CONSTRAINT IF EXISTS tt_pkey CASCADE;
-- table public.tt
ALTER TABLE public.tt RENAME TO backout_rebuilt_16410;
-- table public.tt
CREATE TABLE public.tt (id integer NOT NULL, a character varying(20), b integer, c numeric, d text);
-- table public.tt
INSERT INTO public.tt (id, a, b, c, d) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value::character varying(20), c3.backout_value::integer, c4.backout_value::numeric, t.d FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_34442_2 c2 ON c2.id = t.id LEFT JOIN backout_archive_1.column_34442_3 c3 ON c3.id = t.id LEFT JOIN backout_archive_1.column_34442_4 c4 ON c4.id = t.id;
-- table public.tt
DROP TABLE public.backout_rebuilt_16410;
-- constraint tt_pkey on public.tt
--   may clash: Values, at once None
ALTER TABLE public.tt ADD CONSTRAINT tt_pkey PRIMARY KEY (id);

-- tail:
-- table public.tt: analyze
ANALYZE public.tt;

-- rebuilt:
--   public.tt

-- remade:
--   #pg_class:16410:0 table public.tt
--   #pg_class:16411:0 index public.tt_pkey
--   #pg_constraint:16412:0 constraint tt_pkey on public.tt

-- parts:
--   column public.tt.a
--   column public.tt.b
--   column public.tt.c
--   column public.tt.d
--   column public.tt.id
--   constraint tt_pkey on public.tt
--   index public.tt_pkey
--   table public.tt

-- renumbered:
--   (#pg_class:16410:0, "table public.tt")
--   (#pg_class:16410:1, "column public.tt.id")
--   (#pg_class:16410:2, "column public.tt.a")
--   (#pg_class:16410:3, "column public.tt.b")
--   (#pg_class:16410:4, "column public.tt.c")
--   (#pg_class:16410:5, "column public.tt.d")
--   (#pg_class:16411:0, "index public.tt_pkey")
--   (#pg_constraint:16412:0, "constraint tt_pkey on public.tt")
