-- locks:
--   public.l, ACCESS EXCLUSIVE
--   public.rr, ACCESS EXCLUSIVE

-- steps:
-- constraint r_pkey on public.rr
ALTER TABLE public.rr DROP CONSTRAINT IF EXISTS r_pkey CASCADE;
-- constraint l_pkey on public.l
ALTER TABLE public.l DROP CONSTRAINT IF EXISTS l_pkey CASCADE;
-- table public.r
ALTER TABLE public.rr RENAME TO r;
-- column public.r.c
ALTER TABLE public.r RENAME COLUMN cc TO c;
-- table public.l
ALTER TABLE public.l RENAME TO backout_rebuilt_16410;
-- table public.l
CREATE TABLE public.l (a integer, b text, c integer NOT NULL, d text);
-- table public.l
INSERT INTO public.l (a, b, c, d) OVERRIDING SYSTEM VALUE SELECT c1.backout_value, c2.backout_value, t.c, t.d FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_54440_1 c1 ON c1.c = t.c LEFT JOIN backout_archive_1.column_54440_2 c2 ON c2.c = t.c;
-- table public.l
DROP TABLE public.backout_rebuilt_16410;
-- table public.r
ALTER TABLE public.r RENAME TO backout_rebuilt_16413;
-- table public.r
CREATE TABLE public.r (a integer, b text, c integer NOT NULL);
-- table public.r
INSERT INTO public.r (a, b, c) OVERRIDING SYSTEM VALUE SELECT c1.backout_value, t.b, t.c FROM ONLY public.backout_rebuilt_16413 t LEFT JOIN backout_archive_1.column_54447_1 c1 ON c1.c = t.c;
-- table public.r
DROP TABLE public.backout_rebuilt_16413;
-- constraint l_pkey on public.l
--   may clash: Values, at once None
ALTER TABLE public.l ADD CONSTRAINT l_pkey PRIMARY KEY (c);
-- constraint r_pkey on public.r
--   may clash: Values, at once None
ALTER TABLE public.r ADD CONSTRAINT r_pkey PRIMARY KEY (c);
-- foreign key r_a_fkey on public.r
--   may clash: ForeignKey, at once Some("ALTER TABLE public.r ADD CONSTRAINT r_a_fkey FOREIGN KEY (a) REFERENCES public.l(c)")
ALTER TABLE public.r ADD CONSTRAINT r_a_fkey FOREIGN KEY (a) REFERENCES public.l(c) NOT VALID;
-- foreign key l_a_fkey on public.l
--   may clash: ForeignKey, at once Some("ALTER TABLE public.l ADD CONSTRAINT l_a_fkey FOREIGN KEY (a) REFERENCES public.r(c)")
ALTER TABLE public.l ADD CONSTRAINT l_a_fkey FOREIGN KEY (a) REFERENCES public.r(c) NOT VALID;

-- tail:
-- table public.l: analyze
ANALYZE public.l;
-- table public.r: analyze
ANALYZE public.r;
-- foreign key r_a_fkey on public.r: validate, public.r
ALTER TABLE public.r VALIDATE CONSTRAINT r_a_fkey;
-- foreign key l_a_fkey on public.l: validate, public.l
ALTER TABLE public.l VALIDATE CONSTRAINT l_a_fkey;

-- rebuilt:
--   public.l
--   public.r

-- remade:
--   #pg_class:16410:0 table public.l
--   #pg_class:16411:0 index public.l_pkey
--   #pg_class:16413:0 table public.r
--   #pg_class:16414:0 index public.r_pkey
--   #pg_constraint:16412:0 constraint l_pkey on public.l
--   #pg_constraint:16415:0 constraint r_pkey on public.r

-- parts:
--   column public.l.a
--   column public.l.b
--   column public.l.c
--   column public.l.d
--   column public.r.a
--   column public.r.b
--   column public.r.c
--   constraint l_pkey on public.l
--   constraint r_pkey on public.r
--   foreign key l_a_fkey on public.l
--   foreign key r_a_fkey on public.r
--   index public.l_pkey
--   index public.r_pkey
--   table public.l
--   table public.r

-- renumbered:
--   (#pg_class:16410:0, "table public.l")
--   (#pg_class:16410:1, "column public.l.a")
--   (#pg_class:16410:2, "column public.l.b")
--   (#pg_class:16410:3, "column public.l.c")
--   (#pg_class:16410:4, "column public.l.d")
--   (#pg_class:16411:0, "index public.l_pkey")
--   (#pg_class:16413:0, "table public.r")
--   (#pg_class:16413:1, "column public.r.a")
--   (#pg_class:16413:2, "column public.r.b")
--   (#pg_class:16413:3, "column public.r.c")
--   (#pg_class:16414:0, "index public.r_pkey")
--   (#pg_constraint:16412:0, "constraint l_pkey on public.l")
--   (#pg_constraint:16415:0, "constraint r_pkey on public.r")
--   (#pg_constraint:16416:0, "foreign key r_a_fkey on public.r")
--   (#pg_constraint:16417:0, "foreign key l_a_fkey on public.l")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.rr t WHERE EXISTS (SELECT FROM backout_archive_1.column_54447_1 c WHERE c.c::text = t.cc::text AND c.backout_value IS NOT NULL AND NOT EXISTS (SELECT FROM public.l f WHERE f.c = c.backout_value))", keys: Some("SELECT ROW(t.cc)::text FROM public.rr t WHERE EXISTS (SELECT FROM backout_archive_1.column_54447_1 c WHERE c.c::text = t.cc::text AND c.backout_value IS NOT NULL AND NOT EXISTS (SELECT FROM public.l f WHERE f.c = c.backout_value)) LIMIT 5"), object: "foreign key r_a_fkey on public.r", otherwise: "rows refer to nothing: it holds for new rows only" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.l t WHERE EXISTS (SELECT FROM backout_archive_1.column_54440_1 c WHERE c.c::text = t.c::text AND c.backout_value IS NOT NULL AND NOT EXISTS (SELECT FROM public.rr f WHERE f.cc = c.backout_value))", keys: Some("SELECT ROW(t.c)::text FROM public.l t WHERE EXISTS (SELECT FROM backout_archive_1.column_54440_1 c WHERE c.c::text = t.c::text AND c.backout_value IS NOT NULL AND NOT EXISTS (SELECT FROM public.rr f WHERE f.cc = c.backout_value)) LIMIT 5"), object: "foreign key l_a_fkey on public.l", otherwise: "rows refer to nothing: it holds for new rows only" }
