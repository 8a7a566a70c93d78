-- locks:
--   public.dat, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.dat.x
CREATE TABLE backout_undone_1.column_16411_3 (id integer, backout_value text, PRIMARY KEY (id));

-- steps:
-- column public.dat.x
INSERT INTO backout_undone_1.column_16411_3 (id, backout_value) SELECT id, x::text FROM public.dat WHERE x IS NOT NULL;
-- what the migration added
ALTER TABLE public.dat DROP COLUMN IF EXISTS x CASCADE;
-- what the migration added
DROP DOMAIN IF EXISTS public.da CASCADE;
-- domain public.da
CREATE DOMAIN public.da AS integer[];
-- column public.dat.x
ALTER TABLE public.dat ADD COLUMN x public.da;
-- column public.dat.x
UPDATE ONLY public.dat t SET x = c.backout_value::text::public.da FROM backout_archive_1.column_157632_2 c WHERE t.id = c.id;

-- parts:
--   column public.dat.id
--   column public.dat.x
--   constraint dat_pkey on public.dat
--   index public.dat_pkey
--   table public.dat

-- renumbered:
--   (#pg_type:16410:0, "domain public.da")
--   (#pg_class:16411:2, "column public.dat.x")

-- set aside:
--   SetAside { table: "public.dat", column: "x", copy: "backout_undone_1.column_16411_3", count: "SELECT count(*) FROM public.dat WHERE x IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "dat", column: Some("x"), copy_schema: "backout_undone_1", copy: "column_16411_3", by: Key(["id"]), left: None }
