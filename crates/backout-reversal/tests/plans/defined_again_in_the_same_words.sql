-- locks:
--   public.log, ACCESS EXCLUSIVE
--   public.log_old, ACCESS EXCLUSIVE
--   public.o, ACCESS EXCLUSIVE
--   public.o_old, ACCESS EXCLUSIVE
--   public.priced, ACCESS EXCLUSIVE
--   public.t, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.priced.price
CREATE TABLE backout_undone_1.column_16410_3 (id integer, backout_value integer, PRIMARY KEY (id));

-- steps:
-- column public.priced.price
INSERT INTO backout_undone_1.column_16410_3 (id, backout_value) SELECT id, price FROM public.priced WHERE price IS NOT NULL;
-- policy functions on public.t
DROP POLICY IF EXISTS functions ON public.t CASCADE;
-- policy columns on public.t
DROP POLICY IF EXISTS columns ON public.t CASCADE;
-- trigger tg on public.o_old
DROP TRIGGER IF EXISTS tg ON public.o_old CASCADE;
-- rule r on public.t
DROP RULE IF EXISTS r ON public.t CASCADE;
-- view public.v
DROP VIEW IF EXISTS public.v CASCADE;
-- view public.dear
DROP VIEW IF EXISTS public.dear CASCADE;
-- view public.prices
DROP VIEW IF EXISTS public.prices CASCADE;
-- what the migration added
ALTER TABLE public.priced DROP COLUMN IF EXISTS price CASCADE;
-- what the migration added
DROP FUNCTION IF EXISTS public.f() CASCADE;
-- what the migration added
DROP FUNCTION IF EXISTS public.can(integer) CASCADE;
-- function public.f()
ALTER FUNCTION public.f_old() RENAME TO f;
-- function public.can(integer)
ALTER FUNCTION public.can_old(integer) RENAME TO can;
-- table public.o
ALTER TABLE public.o_old RENAME TO backout_renamed_16415_0;
-- table public.o_new
ALTER TABLE public.o RENAME TO o_new;
-- table public.log
ALTER TABLE public.log_old RENAME TO backout_renamed_16424_0;
-- table public.log_new
ALTER TABLE public.log RENAME TO log_new;
-- column public.priced.price
ALTER TABLE public.priced RENAME COLUMN price_old TO price;
-- column public.t.a
ALTER TABLE public.t RENAME COLUMN b TO backout_renamed_16421_2;
-- column public.t.b
ALTER TABLE public.t RENAME COLUMN a TO backout_renamed_16421_3;
-- table public.o
ALTER TABLE public.backout_renamed_16415_0 RENAME TO o;
-- table public.log
ALTER TABLE public.backout_renamed_16424_0 RENAME TO log;
-- column public.t.a
ALTER TABLE public.t RENAME COLUMN backout_renamed_16421_2 TO a;
-- column public.t.b
ALTER TABLE public.t RENAME COLUMN backout_renamed_16421_3 TO b;
-- function public.f()
CREATE OR REPLACE FUNCTION public.f()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$BEGIN RETURN NEW; END$function$
;
-- function public.can(integer)
CREATE OR REPLACE FUNCTION public.can(integer)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$SELECT true$function$
;
-- view public.prices
CREATE VIEW public.prices AS  SELECT priced.id,
    priced.price
   FROM public.priced;
-- view public.dear
CREATE VIEW public.dear AS  SELECT prices.id
   FROM public.prices
  WHERE (prices.price > 3);
-- view public.dear
COMMENT ON VIEW public.dear IS 'stands on the other';
-- view public.v
CREATE VIEW public.v AS  SELECT o.id
   FROM public.o;
-- rule r on public.t
CREATE RULE r AS
    ON DELETE TO public.t DO  INSERT INTO public.log (id)
  VALUES (old.id);
-- trigger tg on public.o
CREATE TRIGGER tg BEFORE INSERT ON public.o FOR EACH ROW EXECUTE FUNCTION public.f();
-- policy columns on public.t
CREATE POLICY columns ON public.t AS PERMISSIVE FOR ALL USING ((a = 1));
-- policy functions on public.t
CREATE POLICY functions ON public.t AS PERMISSIVE FOR INSERT WITH CHECK (public.can(id));

-- remade:
--   #pg_class:16413:0 view public.prices
--   #pg_class:16414:0 view public.dear
--   #pg_class:16417:0 view public.v
--   #pg_trigger:16419:0 trigger tg on public.o
--   #pg_rewrite:16426:0 rule r on public.t
--   #pg_policy:16422:0 policy columns on public.t
--   #pg_policy:16423:0 policy functions on public.t

-- parts:
--   column public.log.id
--   column public.log_new.id
--   column public.o.id
--   column public.o_new.id
--   column public.priced.id
--   column public.priced.price
--   column public.t.a
--   column public.t.b
--   column public.t.id
--   constraint priced_pkey on public.priced
--   index public.priced_pkey
--   policy columns on public.t
--   policy functions on public.t
--   rule r on public.t
--   table public.log
--   table public.log_new
--   table public.o
--   table public.o_new
--   table public.priced
--   table public.t
--   trigger tg on public.o

-- renumbered:
--   (#pg_proc:16418:0, "function public.f()")
--   (#pg_proc:16420:0, "function public.can(integer)")
--   (#pg_class:16410:2, "column public.priced.price")
--   (#pg_class:16413:0, "view public.prices")
--   (#pg_class:16414:0, "view public.dear")
--   (#pg_class:16415:0, "table public.o")
--   (#pg_class:16416:0, "table public.o_new")
--   (#pg_class:16417:0, "view public.v")
--   (#pg_class:16421:2, "column public.t.a")
--   (#pg_class:16421:3, "column public.t.b")
--   (#pg_class:16424:0, "table public.log")
--   (#pg_class:16425:0, "table public.log_new")
--   (#pg_trigger:16419:0, "trigger tg on public.o")
--   (#pg_rewrite:16426:0, "rule r on public.t")
--   (#pg_policy:16422:0, "policy columns on public.t")
--   (#pg_policy:16423:0, "policy functions on public.t")

-- set aside:
--   SetAside { table: "public.priced", column: "price", copy: "backout_undone_1.column_16410_3", count: "SELECT count(*) FROM public.priced WHERE price IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "priced", column: Some("price"), copy_schema: "backout_undone_1", copy: "column_16410_3", by: Key(["id"]), left: None }
