-- locks:
--   public.ny, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.ny.id
CREATE TABLE backout_undone_1.column_16410_3 (n integer, backout_value integer, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

-- steps:
-- column public.ny.id
INSERT INTO backout_undone_1.column_16410_3 (n, backout_value) SELECT n, id FROM public.ny WHERE id IS NOT NULL;
-- what the migration added
ALTER TABLE public.ny DROP CONSTRAINT IF EXISTS ny_pkey CASCADE;
-- what the migration added
ALTER TABLE ONLY public.ny ALTER COLUMN id DROP DEFAULT;
-- what the migration added
DROP SEQUENCE IF EXISTS public.ny_id_seq CASCADE;
-- column public.ny.id
ALTER TABLE public.ny ALTER COLUMN id DROP NOT NULL;
-- column public.ny.id
ALTER TABLE public.ny RENAME COLUMN id TO backout_key_3;
-- column public.ny.a
ALTER TABLE public.ny ADD COLUMN a text;
-- column public.ny.a
UPDATE ONLY public.ny t SET a = c.backout_value FROM backout_archive_1.column_33461_2 c WHERE t.backout_key_3 = c.id;
-- column public.ny.id
ALTER TABLE public.ny DROP COLUMN backout_key_3;

-- parts:
--   column public.ny.a
--   column public.ny.n
--   constraint ny_n_key on public.ny
--   index public.ny_n_key
--   table public.ny

-- renumbered:
--   (#pg_class:16410:2, "column public.ny.a")

-- set aside:
--   SetAside { table: "public.ny", column: "id", copy: "backout_undone_1.column_16410_3", count: "SELECT count(*) FROM public.ny WHERE id IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "ny", column: Some("id"), copy_schema: "backout_undone_1", copy: "column_16410_3", by: Place(["n"]), left: None }
