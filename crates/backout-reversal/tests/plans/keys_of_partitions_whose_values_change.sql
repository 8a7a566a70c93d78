-- locks:
--   public.kp, ACCESS EXCLUSIVE
--   public.kp1, ACCESS EXCLUSIVE
--   public.kp2, ACCESS EXCLUSIVE

-- steps:
-- index public.kpi
DROP INDEX IF EXISTS public.kpi CASCADE;
-- constraint kpu on public.kp
ALTER TABLE public.kp DROP CONSTRAINT IF EXISTS kpu CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.kp
--   expected: 30 rows, otherwise rows of table public.kp were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE public.kp t SET u = m.u FROM backout_archive_1.rows_109500_1 m JOIN backout_archive_1.rows_109500_1 p ON m.id = p.id AND m.at = p.at WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND t.at = m.at AND (t.u::text IS NOT DISTINCT FROM p.u::text OR t.u::text IS NOT DISTINCT FROM m.u::text);
-- table public.kp
--   only after a shortfall
UPDATE public.kp t SET u = CASE WHEN t.u::text IS NOT DISTINCT FROM p.u::text THEN m.u ELSE t.u END FROM backout_archive_1.rows_109500_1 m JOIN backout_archive_1.rows_109500_1 p ON m.id = p.id AND m.at = p.at WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND t.at = m.at AND ((t.u::text IS NOT DISTINCT FROM p.u::text AND m.u::text IS DISTINCT FROM p.u::text));
-- constraint kp2_u_at_key on public.kp2
--   may clash: Values, at once None
ALTER TABLE public.kp2 ADD CONSTRAINT kp2_u_at_key UNIQUE (u, at);
-- constraint own_name on public.kp1
--   may clash: Values, at once None
ALTER TABLE public.kp1 ADD CONSTRAINT own_name UNIQUE (u, at);
-- constraint kpu on public.kp
--   may clash: Values, at once None
ALTER TABLE public.kp ADD CONSTRAINT kpu UNIQUE (u, at);
-- constraint own_name on public.kp1
COMMENT ON CONSTRAINT own_name ON public.kp1 IS 'own';
-- index public.own_name
ALTER INDEX public.own_name SET (fillfactor='70');
-- index public.own_name
ALTER TABLE public.kp1 CLUSTER ON own_name;
-- index public.kp2_u_at_key
COMMENT ON INDEX public.kp2_u_at_key IS 'second';
-- index public.kpi
--   may clash: Values, at once None
CREATE UNIQUE INDEX kpi ON ONLY public.kp USING btree (((u + 1)), at);
-- index public.kpi
COMMENT ON INDEX public.kpi IS 'whole';
-- index public.kp1_expr_at_idx
--   may clash: Values, at once None
CREATE UNIQUE INDEX kp1_expr_at_idx ON public.kp1 USING btree (((u + 1)), at);
-- index public.kp1_expr_at_idx
ALTER INDEX public.kpi ATTACH PARTITION public.kp1_expr_at_idx;
-- index public.kp2_expr_at_idx
--   may clash: Values, at once None
CREATE UNIQUE INDEX kp2_expr_at_idx ON public.kp2 USING btree (((u + 1)), at);
-- index public.kp2_expr_at_idx
ALTER INDEX public.kpi ATTACH PARTITION public.kp2_expr_at_idx;

-- remade:
--   #pg_class:16413:0 index public.kpu
--   #pg_class:16416:0 index public.own_name
--   #pg_class:16423:0 index public.kp2_u_at_key
--   #pg_class:16425:0 index public.kpi
--   #pg_class:16426:0 index public.kp1_expr_at_idx
--   #pg_class:16427:0 index public.kp2_expr_at_idx
--   #pg_constraint:16414:0 constraint kpu on public.kp
--   #pg_constraint:16417:0 constraint own_name on public.kp1
--   #pg_constraint:16424:0 constraint kp2_u_at_key on public.kp2

-- parts:
--   column public.kp.at
--   column public.kp.id
--   column public.kp.u
--   column public.kp1.at
--   column public.kp1.id
--   column public.kp1.u
--   column public.kp2.at
--   column public.kp2.id
--   column public.kp2.u
--   constraint kp1_pkey on public.kp1
--   constraint kp2_pkey on public.kp2
--   constraint kp2_u_at_key on public.kp2
--   constraint kp_pkey on public.kp
--   constraint kpu on public.kp
--   constraint own_name on public.kp1
--   index public.kp1_expr_at_idx
--   index public.kp1_pkey
--   index public.kp2_expr_at_idx
--   index public.kp2_pkey
--   index public.kp2_u_at_key
--   index public.kp_pkey
--   index public.kpi
--   index public.kpu
--   index public.own_name
--   table public.kp
--   table public.kp1
--   table public.kp2

-- renumbered:
--   (#pg_class:16413:0, "index public.kpu")
--   (#pg_class:16416:0, "index public.own_name")
--   (#pg_class:16423:0, "index public.kp2_u_at_key")
--   (#pg_class:16425:0, "index public.kpi")
--   (#pg_class:16426:0, "index public.kp1_expr_at_idx")
--   (#pg_class:16427:0, "index public.kp2_expr_at_idx")
--   (#pg_constraint:16414:0, "constraint kpu on public.kp")
--   (#pg_constraint:16417:0, "constraint own_name on public.kp1")
--   (#pg_constraint:16424:0, "constraint kp2_u_at_key on public.kp2")
