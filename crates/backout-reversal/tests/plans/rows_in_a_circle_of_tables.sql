-- locks:
--   public.ca, ACCESS EXCLUSIVE
--   public.cb, ACCESS EXCLUSIVE

-- steps:
-- foreign key ca_b_fkey on public.ca
ALTER TABLE public.ca DROP CONSTRAINT IF EXISTS ca_b_fkey CASCADE;
-- foreign key cb_a_fkey on public.cb
ALTER TABLE public.cb DROP CONSTRAINT IF EXISTS cb_a_fkey CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.ca
--   expected: 1 rows, otherwise rows that the migration put into table public.ca stay: they were changed since, or others refer to them
DELETE FROM ONLY public.ca t USING (SELECT i.* FROM backout_archive_1.rows_95834_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_95834_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.b)::text = ROW(p.id, p.b)::text AND NOT EXISTS (SELECT FROM public.cb r WHERE r.a = t.id AND NOT EXISTS (SELECT FROM backout_archive_1.rows_95839_1 o WHERE o.backout_new AND r.id = o.id AND o.a = r.a AND ROW(r.id, r.a)::text = ROW(o.id, o.a)::text));
-- table public.cb
--   expected: 1 rows, otherwise rows that the migration put into table public.cb stay: they were changed since, or others refer to them
DELETE FROM ONLY public.cb t USING (SELECT i.* FROM backout_archive_1.rows_95839_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_95839_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id, t.a)::text = ROW(p.id, p.a)::text AND NOT EXISTS (SELECT FROM public.ca r WHERE r.b = t.id AND NOT EXISTS (SELECT FROM backout_archive_1.rows_95834_1 o WHERE o.backout_new AND r.id = o.id AND o.b = r.b AND ROW(r.id, r.b)::text = ROW(o.id, o.b)::text));
-- foreign key cb_a_fkey on public.cb
ALTER TABLE public.cb ADD CONSTRAINT cb_a_fkey FOREIGN KEY (a) REFERENCES public.ca(id) DEFERRABLE INITIALLY DEFERRED NOT VALID;
-- foreign key ca_b_fkey on public.ca
ALTER TABLE public.ca ADD CONSTRAINT ca_b_fkey FOREIGN KEY (b) REFERENCES public.cb(id) NOT VALID;

-- tail:
-- foreign key cb_a_fkey on public.cb: validate, public.cb
ALTER TABLE public.cb VALIDATE CONSTRAINT cb_a_fkey;
-- foreign key ca_b_fkey on public.ca: validate, public.ca
ALTER TABLE public.ca VALIDATE CONSTRAINT ca_b_fkey;

-- remade:
--   #pg_constraint:16416:0 foreign key cb_a_fkey on public.cb
--   #pg_constraint:16417:0 foreign key ca_b_fkey on public.ca

-- parts:
--   column public.ca.b
--   column public.ca.id
--   column public.cb.a
--   column public.cb.id
--   constraint ca_pkey on public.ca
--   constraint cb_pkey on public.cb
--   foreign key ca_b_fkey on public.ca
--   foreign key cb_a_fkey on public.cb
--   index public.ca_pkey
--   index public.cb_pkey
--   table public.ca
--   table public.cb

-- renumbered:
--   (#pg_constraint:16416:0, "foreign key cb_a_fkey on public.cb")
--   (#pg_constraint:16417:0, "foreign key ca_b_fkey on public.ca")
