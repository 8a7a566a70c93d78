-- locks:
--   public.uz, ACCESS EXCLUSIVE
--   public.wz, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.uz.n
CREATE TABLE backout_archive_1.type_28231_3_left (id text, backout_value text);
-- column public.uz.n
CREATE FUNCTION backout_archive_1.type_28231_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_28231_3 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::integer)::numeric)::text IS NULL OR ((($2::integer)::numeric)::integer)::text = $2 THEN RETURN (($2::integer)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_28231_3_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- what the migration added
ALTER TABLE public.wz SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.wz RENAME TO "16424 wz";
-- table public.vz
ALTER TABLE backout_archive_1."28238 vz" SET SCHEMA public;
-- table public.vz
ALTER TABLE public."28238 vz" RENAME TO vz;
-- constraint vz_pkey on public.vz
ALTER TABLE public.vz RENAME CONSTRAINT "28242 vz_pkey" TO vz_pkey;
-- column public.uz.n
ALTER TABLE public.uz ALTER COLUMN n TYPE numeric USING backout_archive_1.type_28231_3_back(id::text, n::text)::numeric;
-- constraint c on public.dz
ALTER TABLE backout_undone_1."16424 wz" ALTER COLUMN a TYPE text;
-- constraint c on public.dz
--   or else: Fallback { statements: ["ALTER DOMAIN public.dz ADD CONSTRAINT c CHECK ((VALUE <> ''::text)) NOT VALID"], count: "SELECT 'constraint c on public.dz'", otherwise: "holds only for values to come, since some that were written since do not fit it; mend them", mend: ["ALTER DOMAIN public.dz VALIDATE CONSTRAINT c"], nullable: [], loosens: Some("constraint c on public.dz"), rows: None, if_none: [] }
ALTER DOMAIN public.dz ADD CONSTRAINT c CHECK ((VALUE <> ''::text));
-- constraint e on public.dz
ALTER TABLE backout_undone_1."16424 wz" ALTER COLUMN a TYPE text;
-- constraint e on public.dz
--   or else: Fallback { statements: ["ALTER DOMAIN public.dz ADD CONSTRAINT e CHECK ((length(VALUE) < 9)) NOT VALID"], count: "SELECT 'constraint e on public.dz'", otherwise: "holds only for values to come, since some that were written since do not fit it; mend them", mend: ["ALTER DOMAIN public.dz VALIDATE CONSTRAINT e"], nullable: [], loosens: Some("constraint e on public.dz"), rows: None, if_none: [] }
ALTER DOMAIN public.dz ADD CONSTRAINT e CHECK ((length(VALUE) < 9));

-- closing:
-- column public.uz.n
DROP FUNCTION backout_archive_1.type_28231_3_back;

-- parts:
--   column public.uz.d
--   column public.uz.id
--   column public.uz.n
--   column public.vz.id
--   constraint uz_pkey on public.uz
--   constraint vz_pkey on public.vz
--   index public.uz_pkey
--   index public.vz_pkey
--   table public.uz
--   table public.vz

-- renumbered:
--   (#pg_class:16413:1, "column public.uz.id")
--   (#pg_class:16413:2, "column public.uz.d")
--   (#pg_class:16413:3, "column public.uz.n")
--   (#pg_class:16414:0, "index public.uz_pkey")
--   (#pg_class:16416:0, "table public.vz")
--   (#pg_class:16416:1, "column public.vz.id")
--   (#pg_class:16417:0, "index public.vz_pkey")
--   (#pg_constraint:16411:0, "constraint c on public.dz")
--   (#pg_constraint:16412:0, "constraint e on public.dz")
--   (#pg_constraint:16415:0, "constraint uz_pkey on public.uz")
--   (#pg_constraint:16418:0, "constraint vz_pkey on public.vz")

-- moved aside:
--   Moved { id: #pg_class:16424:0, identity: "table public.wz", from_schema: "public", to_schema: "backout_undone_1", name: "wz", kept_as: "16424 wz" }

-- may be set aside:
--   Aside { schema: "public", table: "uz", column: Some("n"), copy_schema: "backout_archive_1", copy: "type_28231_3_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "wz", column: None, copy_schema: "backout_undone_1", copy: "16424 wz", by: Rows, left: None }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_28231_3_left", forced: None, otherwise: "values of column public.uz.n that were written since do not fit its former type; they lie in backout_archive_1.type_28231_3_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16413_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::integer)::numeric)::integer)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.uz t WHERE t.n IS NOT NULL AND NOT pg_temp.backout_fits_16413_3(t.n::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_28231_3 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.n::text)", keys: Some("SELECT ROW(t.id)::text FROM public.uz t WHERE t.n IS NOT NULL AND NOT pg_temp.backout_fits_16413_3(t.n::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_28231_3 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.n::text) LIMIT 5"), object: "column public.uz.n", otherwise: "values that do not fit its former type are set aside or cut" }
