-- locks:
--   public.dr, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.dr.c
CREATE TABLE backout_undone_1.column_16412_3 (id integer, v text, backout_value text, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

-- steps:
-- column public.dr.c
INSERT INTO backout_undone_1.column_16412_3 (id, v, backout_value) SELECT id, v, c FROM public.dr WHERE c IS NOT NULL;
-- what the migration added
ALTER TABLE public.dr DROP COLUMN IF EXISTS c CASCADE;

-- set aside:
--   SetAside { table: "public.dr", column: "c", copy: "backout_undone_1.column_16412_3", count: "SELECT count(*) FROM public.dr WHERE c IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "dr", column: Some("c"), copy_schema: "backout_undone_1", copy: "column_16412_3", by: Place(["id", "v"]), left: None }
