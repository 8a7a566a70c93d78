-- locks:
--   public.ra, ACCESS EXCLUSIVE
--   public.rb, ACCESS EXCLUSIVE

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.ra
--   expected: 1 rows, otherwise rows that the migration put into table public.ra stay: they were changed since, or others refer to them
DELETE FROM ONLY public.ra t USING (SELECT i.* FROM backout_archive_1.rows_31275_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_31275_1 o WHERE NOT o.backout_new AND o.id = i.id)) p WHERE t.id = p.id AND ROW(t.id)::text = ROW(p.id)::text;
-- column public.ra.n
ALTER TABLE public.ra ADD COLUMN n integer;
-- column public.rb.ra
ALTER TABLE public.rb ADD COLUMN ra integer;
-- column public.ra.n
UPDATE ONLY public.ra t SET n = c.backout_value FROM backout_archive_1.column_31275_2 c WHERE t.id = c.id;
-- column public.rb.ra
UPDATE ONLY public.rb t SET ra = c.backout_value FROM backout_archive_1.column_31280_2 c WHERE t.id = c.id;
-- foreign key rb_ra_fkey on public.rb
ALTER TABLE public.rb ADD CONSTRAINT rb_ra_fkey FOREIGN KEY (ra) REFERENCES public.ra(id) NOT VALID;

-- tail:
-- foreign key rb_ra_fkey on public.rb: validate, public.rb
ALTER TABLE public.rb VALIDATE CONSTRAINT rb_ra_fkey;

-- parts:
--   column public.ra.id
--   column public.ra.n
--   column public.rb.id
--   column public.rb.ra
--   constraint ra_pkey on public.ra
--   constraint rb_pkey on public.rb
--   foreign key rb_ra_fkey on public.rb
--   index public.ra_pkey
--   index public.rb_pkey
--   table public.ra
--   table public.rb

-- renumbered:
--   (#pg_class:16410:2, "column public.ra.n")
--   (#pg_class:16413:2, "column public.rb.ra")
--   (#pg_constraint:16416:0, "foreign key rb_ra_fkey on public.rb")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.rb t WHERE EXISTS (SELECT FROM backout_archive_1.column_31280_2 c WHERE c.id::text = t.id::text AND c.backout_value IS NOT NULL AND NOT EXISTS (SELECT FROM public.ra f WHERE f.id = c.backout_value) AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id FROM backout_archive_1.rows_31275_1) m WHERE NOT m.backout_new AND m.id::text = (c.backout_value)::text))", keys: Some("SELECT ROW(t.id)::text FROM public.rb t WHERE EXISTS (SELECT FROM backout_archive_1.column_31280_2 c WHERE c.id::text = t.id::text AND c.backout_value IS NOT NULL AND NOT EXISTS (SELECT FROM public.ra f WHERE f.id = c.backout_value) AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id FROM backout_archive_1.rows_31275_1) m WHERE NOT m.backout_new AND m.id::text = (c.backout_value)::text)) LIMIT 5"), object: "foreign key rb_ra_fkey on public.rb", otherwise: "rows refer to nothing: it holds for new rows only" }
