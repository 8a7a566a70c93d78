-- locks:
--   public.ge, ACCESS EXCLUSIVE
--   public.gf, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- column public.ge.m
CREATE SCHEMA IF NOT EXISTS backout_undone_1;
-- column public.ge.m
CREATE TABLE backout_undone_1.generated_16410_3 (backout_row text, backout_value text);
-- column public.ge.m
INSERT INTO backout_undone_1.generated_16410_3 SELECT ROW(t.id)::text, t.m::text FROM public.ge t WHERE t.m::text IS DISTINCT FROM (((n * 2))::integer)::text;
-- column public.ge.m
ALTER TABLE public.ge DROP COLUMN IF EXISTS m CASCADE;
-- what the migration added
ALTER TABLE public.gf SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.gf RENAME TO "16414 gf";
-- column public.ge.m
ALTER TABLE public.ge ADD COLUMN m integer GENERATED ALWAYS AS ((n * 2)) STORED;

-- parts:
--   column public.ge.id
--   column public.ge.m
--   column public.ge.n
--   constraint ge_pkey on public.ge
--   index public.ge_pkey
--   table public.ge

-- renumbered:
--   (#pg_class:16410:3, "column public.ge.m")

-- moved aside:
--   Moved { id: #pg_class:16414:0, identity: "table public.gf", from_schema: "public", to_schema: "backout_undone_1", name: "gf", kept_as: "16414 gf" }

-- may be set aside:
--   Aside { schema: "public", table: "gf", column: None, copy_schema: "backout_undone_1", copy: "16414 gf", by: Rows, left: None }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.generated_16410_3", forced: None, otherwise: "values of column public.ge.m are not what it is generated as again; they lie in backout_undone_1.generated_16410_3, by the key of their rows", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.generated_16410_3; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
