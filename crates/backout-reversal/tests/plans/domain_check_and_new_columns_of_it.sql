-- locks:
--   public.dn, ACCESS EXCLUSIVE
--   public.dt, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.dt.w
CREATE TABLE backout_undone_1.column_16412_3 (id integer, backout_value text, PRIMARY KEY (id));

-- steps:
-- column public.dt.w
INSERT INTO backout_undone_1.column_16412_3 (id, backout_value) SELECT id, w FROM public.dt WHERE w IS NOT NULL;
-- what the migration added
ALTER TABLE ONLY public.dn ALTER COLUMN v DROP DEFAULT;
-- what the migration added
ALTER TABLE public.dt DROP COLUMN IF EXISTS w CASCADE;
-- what the migration added
ALTER DOMAIN public.dk DROP CONSTRAINT IF EXISTS dkc CASCADE;
-- what the migration added
ALTER TABLE public.dn SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.dn RENAME TO "16418 dn";
-- what the migration added
ALTER TABLE backout_undone_1."16418 dn" RENAME CONSTRAINT dn_pkey TO "16421 dn_pkey";
-- what the migration added
ALTER TABLE backout_undone_1."16418 dn" RENAME CONSTRAINT dn_w_key TO "16423 dn_w_key";
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.dt
--   expected: 1 rows, otherwise rows of table public.dt were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.dt t SET v = m.v::text::public.dk FROM backout_archive_1.rows_113039_1 m JOIN backout_archive_1.rows_113039_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.v::text IS NOT DISTINCT FROM p.v::text OR t.v::text IS NOT DISTINCT FROM m.v::text);
-- table public.dt
--   only after a shortfall
UPDATE ONLY public.dt t SET v = CASE WHEN t.v::text IS NOT DISTINCT FROM p.v::text THEN m.v::text::public.dk ELSE t.v END FROM backout_archive_1.rows_113039_1 m JOIN backout_archive_1.rows_113039_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.v::text IS NOT DISTINCT FROM p.v::text AND m.v::text IS DISTINCT FROM p.v::text));
-- constraint dkc on public.dk
ALTER TABLE backout_undone_1."16418 dn" ALTER COLUMN v TYPE text;
-- constraint dkc on public.dk
--   or else: Fallback { statements: ["ALTER DOMAIN public.dk ADD CONSTRAINT dkc CHECK ((length(VALUE) > 3)) NOT VALID"], count: "SELECT 'constraint dkc on public.dk'", otherwise: "holds only for values to come, since some that were written since do not fit it; mend them", mend: ["ALTER DOMAIN public.dk VALIDATE CONSTRAINT dkc"], nullable: [], loosens: Some("constraint dkc on public.dk"), rows: None, if_none: [] }
ALTER DOMAIN public.dk ADD CONSTRAINT dkc CHECK ((length(VALUE) > 3));
-- constraint dkc on public.dk
COMMENT ON CONSTRAINT dkc ON DOMAIN public.dk IS 'long';

-- renumbered:
--   (#pg_constraint:16411:0, "constraint dkc on public.dk")

-- moved aside:
--   Moved { id: #pg_class:16418:0, identity: "table public.dn", from_schema: "public", to_schema: "backout_undone_1", name: "dn", kept_as: "16418 dn" }

-- set aside:
--   SetAside { table: "public.dt", column: "w", copy: "backout_undone_1.column_16412_3", count: "SELECT count(*) FROM public.dt WHERE w IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "dt", column: Some("w"), copy_schema: "backout_undone_1", copy: "column_16412_3", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "dn", column: None, copy_schema: "backout_undone_1", copy: "16418 dn", by: Rows, left: None }
