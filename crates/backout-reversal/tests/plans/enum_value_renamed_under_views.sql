-- locks:
--   public.evt, ACCESS EXCLUSIVE

-- before the locks:
-- table public.evt
UPDATE backout_archive_1.rows_122955_1 SET e = CASE e WHEN 'zwei' THEN 'two' ELSE e END;

-- steps:
-- type public.evr
ALTER TYPE public.evr RENAME VALUE 'zwei' TO 'two';
-- view public.evv
CREATE OR REPLACE VIEW public.evv AS  SELECT evt.id,
    (evt.e = 'two'::public.evr) AS t
   FROM public.evt;
-- view public.evw
CREATE OR REPLACE VIEW public.evw AS  SELECT 'two'::public.evr AS c,
    evv.t
   FROM public.evv;
-- policy evp on public.evt
DROP POLICY IF EXISTS evp ON public.evt CASCADE;
-- materialized view public.evm
DROP MATERIALIZED VIEW IF EXISTS public.evm CASCADE;
-- index public.evt_id_idx
DROP INDEX IF EXISTS public.evt_id_idx CASCADE;
-- constraint evt_id_excl on public.evt
ALTER TABLE public.evt DROP CONSTRAINT IF EXISTS evt_id_excl CASCADE;
-- function public.evf(public.evr)
DROP FUNCTION IF EXISTS public.evf(public.evr) CASCADE;
-- default public.evt.e
ALTER TABLE ONLY public.evt ALTER COLUMN e SET DEFAULT 'two'::public.evr;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.evt
DELETE FROM ONLY public.evt t USING (SELECT i.* FROM backout_archive_1.rows_122955_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_122955_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.e::text)::text = ROW(p.id, p.e::text)::text;
-- table public.evt
--   expected: 1 rows, otherwise rows that the migration took out of table public.evt did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.evt (id, e) OVERRIDING SYSTEM VALUE SELECT m.id, m.e::text::public.evr FROM (SELECT i.* FROM backout_archive_1.rows_122955_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_122955_1 o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.evt t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.evt
DELETE FROM ONLY public.evt t USING (SELECT i.* FROM backout_archive_1.rows_122955_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_122955_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.e::text)::text = ROW(p.id, p.e::text)::text;
-- function public.evf(public.evr)
CREATE OR REPLACE FUNCTION public.evf(public.evr DEFAULT 'two'::public.evr)
 RETURNS public.evr
 LANGUAGE sql
BEGIN ATOMIC
 SELECT 'two'::public.evr AS evr;
END
;
-- constraint evt_id_excl on public.evt
--   may clash: Values, at once None
ALTER TABLE public.evt ADD CONSTRAINT evt_id_excl EXCLUDE USING btree (id WITH =) WHERE ((e = 'two'::public.evr));
-- index public.evt_id_idx
CREATE INDEX evt_id_idx ON public.evt USING btree (id) WHERE (e = 'two'::public.evr);
-- materialized view public.evm
CREATE MATERIALIZED VIEW public.evm AS  SELECT 'two'::public.evr AS evr WITH NO DATA;
-- policy evp on public.evt
CREATE POLICY evp ON public.evt AS PERMISSIVE FOR ALL USING ((e = 'two'::public.evr));

-- tail:
-- materialized view public.evm: refresh
REFRESH MATERIALIZED VIEW public.evm;

-- remade:
--   #pg_proc:16423:0 function public.evf(public.evr)
--   #pg_class:16416:0 index public.evt_id_excl
--   #pg_class:16418:0 index public.evt_id_idx
--   #pg_class:16421:0 materialized view public.evm
--   #pg_constraint:16417:0 constraint evt_id_excl on public.evt
--   #pg_policy:16422:0 policy evp on public.evt

-- parts:
--   column public.evt.e
--   column public.evt.id
--   constraint evt_e_check on public.evt
--   constraint evt_id_excl on public.evt
--   constraint evt_pkey on public.evt
--   default public.evt.e
--   index public.evt_id_excl
--   index public.evt_id_idx
--   index public.evt_pkey
--   policy evp on public.evt
--   table public.evt

-- renumbered:
--   (#pg_type:16410:0, "type public.evr")
--   (#pg_proc:16423:0, "function public.evf(public.evr)")
--   (#pg_class:16416:0, "index public.evt_id_excl")
--   (#pg_class:16418:0, "index public.evt_id_idx")
--   (#pg_class:16419:0, "view public.evv")
--   (#pg_class:16420:0, "view public.evw")
--   (#pg_class:16421:0, "materialized view public.evm")
--   (#pg_attrdef:16412:0, "default public.evt.e")
--   (#pg_constraint:16417:0, "constraint evt_id_excl on public.evt")
--   (#pg_policy:16422:0, "policy evp on public.evt")
