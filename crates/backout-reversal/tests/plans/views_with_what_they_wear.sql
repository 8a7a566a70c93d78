-- locks:
--   public.t, ACCESS EXCLUSIVE

-- steps:
-- view public.act
CREATE OR REPLACE VIEW public.act AS  SELECT users.id,
    users.email
   FROM public.users
  WHERE (users.mood = 'ok'::public.mood);
-- trigger instead on public.v
DROP TRIGGER IF EXISTS instead ON public.v CASCADE;
-- default public.v.a
ALTER VIEW public.v ALTER COLUMN a DROP DEFAULT;
-- view public.v
DROP VIEW IF EXISTS public.v CASCADE;
-- table public.mt
ALTER TABLE backout_archive_1."16442 mt" SET SCHEMA public;
-- column public.t.a
ALTER TABLE public.t RENAME COLUMN b TO a;
-- table public.mt
ALTER TABLE public."16442 mt" RENAME TO mt;
-- view public.act
COMMENT ON VIEW public.act IS 'only those';
-- view public.act
REVOKE ALL ON TABLE public.act FROM PUBLIC CASCADE;
-- view public.granted
REVOKE ALL ON TABLE public.granted FROM PUBLIC CASCADE;
-- column public.granted.id
GRANT SELECT (id) ON TABLE public.granted TO PUBLIC;
-- table public.typed
CREATE TABLE public.typed (a integer NOT NULL, b text);
-- table public.typed
INSERT INTO public.typed (a, b) OVERRIDING SYSTEM VALUE SELECT a, b FROM backout_archive_1.table_16465 ORDER BY backout_row;
-- table public.typed
ALTER TABLE public.typed OF public.ty;
-- constraint typed_pkey on public.typed
ALTER TABLE public.typed ADD CONSTRAINT typed_pkey PRIMARY KEY (a);
-- view public.v
CREATE VIEW public.v AS  SELECT t.id,
    t.a
   FROM public.t;
-- default public.v.a
ALTER VIEW public.v ALTER COLUMN a SET DEFAULT 7;
-- materialized view public.dropped
CREATE MATERIALIZED VIEW public.dropped AS  SELECT users.id,
    users.email
   FROM public.users WITH NO DATA;
-- column public.dropped.email
ALTER TABLE ONLY public.dropped ALTER COLUMN email SET STORAGE EXTERNAL;
-- column public.dropped.email
ALTER TABLE ONLY public.dropped ALTER COLUMN email SET STATISTICS 500;
-- materialized view public.around
CREATE MATERIALIZED VIEW public.around AS  SELECT mt.id,
    mt.email
   FROM public.mt WITH NO DATA;
-- column public.around.email
ALTER TABLE ONLY public.around ALTER COLUMN email SET STATISTICS 500;
-- trigger instead on public.v
CREATE TRIGGER instead INSTEAD OF INSERT ON public.v FOR EACH ROW EXECUTE FUNCTION public.touch();

-- tail:
-- materialized view public.dropped: refresh
REFRESH MATERIALIZED VIEW public.dropped;
-- materialized view public.around: refresh
REFRESH MATERIALIZED VIEW public.around;

-- remade:
--   #pg_class:16416:0 view public.v
--   #pg_attrdef:16417:0 default public.v.a
--   #pg_trigger:16418:0 trigger instead on public.v

-- parts:
--   column public.mt.email
--   column public.mt.id
--   column public.t.a
--   column public.t.id
--   column public.typed.a
--   column public.typed.b
--   constraint typed_pkey on public.typed
--   index public.typed_pkey
--   table public.mt
--   table public.t
--   table public.typed

-- renumbered:
--   (#pg_class:16410:0, "view public.act")
--   (#pg_class:16411:0, "view public.granted")
--   (#pg_class:16412:0, "materialized view public.dropped")
--   (#pg_class:16412:1, "column public.dropped.id")
--   (#pg_class:16412:2, "column public.dropped.email")
--   (#pg_class:16413:0, "table public.mt")
--   (#pg_class:16413:1, "column public.mt.id")
--   (#pg_class:16413:2, "column public.mt.email")
--   (#pg_class:16414:0, "materialized view public.around")
--   (#pg_class:16414:1, "column public.around.id")
--   (#pg_class:16414:2, "column public.around.email")
--   (#pg_class:16415:2, "column public.t.a")
--   (#pg_class:16416:0, "view public.v")
--   (#pg_class:16420:0, "table public.typed")
--   (#pg_class:16420:1, "column public.typed.a")
--   (#pg_class:16420:2, "column public.typed.b")
--   (#pg_class:16421:0, "index public.typed_pkey")
--   (#pg_attrdef:16417:0, "default public.v.a")
--   (#pg_constraint:16422:0, "constraint typed_pkey on public.typed")
--   (#pg_trigger:16418:0, "trigger instead on public.v")
