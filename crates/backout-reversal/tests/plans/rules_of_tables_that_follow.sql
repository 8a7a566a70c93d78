-- locks:
--   public.rc, ACCESS EXCLUSIVE
--   public.rg, ACCESS EXCLUSIVE
--   public.rp, ACCESS EXCLUSIVE

-- before the locks:
-- table public.rp
CREATE TABLE backout_archive_1.rows_170006_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.u FROM (SELECT i.*, ROW(i.id, i.u)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_170006_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.u)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- foreign key rc_u_fkey on public.rc
ALTER TABLE public.rc DROP CONSTRAINT IF EXISTS rc_u_fkey CASCADE;
-- constraint rp_u_key on public.rp
ALTER TABLE public.rp DROP CONSTRAINT IF EXISTS rp_u_key CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.rp
ALTER TABLE public.rc DISABLE RULE gone;
-- table public.rp
ALTER TABLE public.rc DISABLE RULE changed;
-- table public.rp
ALTER TABLE public.rg DISABLE RULE gone;
-- table public.rp
--   expected: 1 rows, otherwise rows of table public.rp were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.rp t SET u = m.u FROM backout_archive_1.rows_170006_1_sum m JOIN backout_archive_1.rows_170006_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.u::text IS NOT DISTINCT FROM p.u::text OR t.u::text IS NOT DISTINCT FROM m.u::text);
-- table public.rp
ALTER TABLE public.rc ENABLE RULE gone;
-- table public.rp
ALTER TABLE public.rc ENABLE REPLICA RULE changed;
-- table public.rp
ALTER TABLE public.rg ENABLE ALWAYS RULE gone;
-- table public.rp
ALTER TABLE public.rc DISABLE RULE gone;
-- table public.rp
ALTER TABLE public.rc DISABLE RULE changed;
-- table public.rp
ALTER TABLE public.rg DISABLE RULE gone;
-- table public.rp
--   only after a shortfall
UPDATE ONLY public.rp t SET u = CASE WHEN t.u::text IS NOT DISTINCT FROM p.u::text THEN m.u ELSE t.u END FROM backout_archive_1.rows_170006_1_sum m JOIN backout_archive_1.rows_170006_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.u::text IS NOT DISTINCT FROM p.u::text AND m.u::text IS DISTINCT FROM p.u::text));
-- table public.rp
ALTER TABLE public.rc ENABLE RULE gone;
-- table public.rp
ALTER TABLE public.rc ENABLE REPLICA RULE changed;
-- table public.rp
ALTER TABLE public.rg ENABLE ALWAYS RULE gone;
-- table public.rp
ALTER TABLE public.rc DISABLE RULE gone;
-- table public.rp
ALTER TABLE public.rc DISABLE RULE changed;
-- table public.rp
ALTER TABLE public.rg DISABLE RULE gone;
-- table public.rp
--   expected: 1 rows, otherwise rows that the migration put into table public.rp stay: they were changed since, or others refer to them
DELETE FROM ONLY public.rp t USING (SELECT i.* FROM backout_archive_1.rows_170006_1_sum i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_170006_1_sum o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.u)::text = ROW(p.id, p.u)::text AND NOT EXISTS (SELECT FROM public.rc r WHERE r.p = t.id) AND NOT EXISTS (SELECT FROM public.rc r WHERE r.u = t.u);
-- table public.rp
ALTER TABLE public.rc ENABLE RULE gone;
-- table public.rp
ALTER TABLE public.rc ENABLE REPLICA RULE changed;
-- table public.rp
ALTER TABLE public.rg ENABLE ALWAYS RULE gone;
-- constraint rp_u_key on public.rp
--   may clash: Values, at once None
ALTER TABLE public.rp ADD CONSTRAINT rp_u_key UNIQUE (u);
-- foreign key rc_u_fkey on public.rc
--   may clash: ForeignKey, at once Some("ALTER TABLE public.rc ADD CONSTRAINT rc_u_fkey FOREIGN KEY (u) REFERENCES public.rp(u) ON UPDATE CASCADE ON DELETE SET NULL")
ALTER TABLE public.rc ADD CONSTRAINT rc_u_fkey FOREIGN KEY (u) REFERENCES public.rp(u) ON UPDATE CASCADE ON DELETE SET NULL NOT VALID;

-- tail:
-- foreign key rc_u_fkey on public.rc: validate, public.rc
ALTER TABLE public.rc VALIDATE CONSTRAINT rc_u_fkey;

-- remade:
--   #pg_class:16413:0 index public.rp_u_key
--   #pg_constraint:16414:0 constraint rp_u_key on public.rp
--   #pg_constraint:16419:0 foreign key rc_u_fkey on public.rc

-- parts:
--   column public.rc.id
--   column public.rc.p
--   column public.rc.u
--   column public.rp.id
--   column public.rp.u
--   constraint rc_pkey on public.rc
--   constraint rp_pkey on public.rp
--   constraint rp_u_key on public.rp
--   foreign key rc_p_fkey on public.rc
--   foreign key rc_u_fkey on public.rc
--   index public.rc_pkey
--   index public.rp_pkey
--   index public.rp_u_key
--   rule changed on public.rc
--   rule gone on public.rc
--   table public.rc
--   table public.rp

-- renumbered:
--   (#pg_class:16413:0, "index public.rp_u_key")
--   (#pg_constraint:16414:0, "constraint rp_u_key on public.rp")
--   (#pg_constraint:16419:0, "foreign key rc_u_fkey on public.rc")
