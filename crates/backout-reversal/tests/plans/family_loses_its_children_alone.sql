-- locks:
--   public.par, ACCESS EXCLUSIVE
--   public.par2, ACCESS EXCLUSIVE

-- steps:
-- table public.kid
ALTER TABLE backout_archive_1."64932 kid" NO INHERIT backout_archive_1.foster_64925_64932;
-- table public.kid
DROP TABLE backout_archive_1.foster_64925_64932;
-- table public.kid
ALTER TABLE backout_archive_1."64932 kid" NO INHERIT backout_archive_1.foster_64907_64932;
-- table public.kid
DROP TABLE backout_archive_1.foster_64907_64932;
-- what the migration added to a table that it dropped
ALTER TABLE backout_archive_1."64932 kid" DROP CONSTRAINT IF EXISTS par_a_check CASCADE;
-- what the migration added
ALTER TABLE public.par DROP CONSTRAINT IF EXISTS par_pkey CASCADE;
-- what the migration added
ALTER TABLE public.par DROP CONSTRAINT IF EXISTS par_a_check CASCADE;
-- table public.kid
ALTER TABLE backout_archive_1."64932 kid" SET SCHEMA public;
-- table public.kid2
ALTER TABLE backout_archive_1."64942 kid2" SET SCHEMA public;
-- table public.grand
ALTER TABLE backout_archive_1."64952 grand" SET SCHEMA public;
-- column public.par2.z
ALTER TABLE public.par2 RENAME COLUMN zz TO z;
-- sequence public.kid2_d_seq
ALTER SEQUENCE public."64941 kid2_d_seq" RENAME TO kid2_d_seq;
-- table public.kid
ALTER TABLE public."64932 kid" RENAME TO kid;
-- table public.kid2
ALTER TABLE public."64942 kid2" RENAME TO kid2;
-- table public.grand
ALTER TABLE public."64952 grand" RENAME TO grand;
-- column public.par.a
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::bigint)::integer)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.par t WHERE a IS NOT NULL AND backout_undone_1.misfits_16410_1_back(ROW(a)::text, a::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16410_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.par ALTER COLUMN a TYPE integer USING backout_undone_1.misfits_16410_1_back(ROW(a)::text, a::text)::integer", "DROP FUNCTION backout_undone_1.misfits_16410_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_1", otherwise: "values of column public.par.a that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_1, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16410_1", "rows of public.par that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16410_1")), if_none: [] }
ALTER TABLE public.par ALTER COLUMN a TYPE integer USING a::integer;
-- column public.kid.a
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16416_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16416_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::bigint)::integer)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16416_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.kid ALTER COLUMN a DROP NOT NULL", "ALTER TABLE public.kid ALTER COLUMN a TYPE integer USING backout_undone_1.misfits_16416_3_back(ROW(a)::text, a::text)::integer", "DROP FUNCTION backout_undone_1.misfits_16416_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16416_3", otherwise: "values of column public.kid.a that were written since do not fit its former type; they lie in backout_undone_1.misfits_16416_3, by the key of their rows", nullable: [("public.kid", "a")], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.kid ALTER COLUMN a TYPE integer USING a::integer;
-- default public.kid2.d
ALTER TABLE ONLY public.kid2 ALTER COLUMN d SET DEFAULT nextval('public.kid2_d_seq'::regclass);
-- table public.kid
ALTER TABLE public.kid INHERIT public.par2;
-- table public.kid
ALTER TABLE public.kid INHERIT public.par;
-- table public.kid2
ALTER TABLE public.kid2 INHERIT public.par;
-- table public.grand
ALTER TABLE public.grand INHERIT public.kid2;
-- table public.grand
ALTER TABLE public.grand INHERIT public.kid;
-- default public.grand.d
ALTER TABLE ONLY public.grand ALTER COLUMN d SET DEFAULT nextval('public.kid2_d_seq'::regclass);
-- constraint par_a_check on public.par
ALTER TABLE public.par ADD CONSTRAINT par_a_check CHECK ((a > 0)) NOT VALID;
-- constraint par_pkey on public.par
--   may clash: Values, at once None
ALTER TABLE public.par ADD CONSTRAINT par_pkey PRIMARY KEY (a);
-- table public.kid2
ALTER TABLE public.kid2 NO INHERIT backout_archive_1.foster_64907_64942;
-- table public.kid2
DROP TABLE backout_archive_1.foster_64907_64942;
-- table public.grand
ALTER TABLE public.grand NO INHERIT backout_archive_1.foster_64942_64952;
-- table public.grand
DROP TABLE backout_archive_1.foster_64942_64952;
-- table public.grand
ALTER TABLE public.grand NO INHERIT backout_archive_1.foster_64932_64952;
-- table public.grand
DROP TABLE backout_archive_1.foster_64932_64952;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1;

-- tail:
-- constraint par_a_check on public.par: validate, public.par
ALTER TABLE public.par VALIDATE CONSTRAINT par_a_check;

-- unsupported:
--   constraint par_a_check on public.kid: a column that was inherited stays the table's own, unless the table is recreated: it was archived apart from a parent that stayed
--   column public.kid.z: a column that was inherited stays the table's own, unless the table is recreated: it was archived apart from a parent that stayed
--   column public.kid.y: a column that was inherited stays the table's own, unless the table is recreated: it was archived apart from a parent that stayed
--   column public.kid.a: a column that was inherited stays the table's own, unless the table is recreated: it was archived apart from a parent that stayed
--   column public.kid.g: a column that was inherited stays the table's own, unless the table is recreated: it was archived apart from a parent that stayed

-- parts:
--   column public.grand.a
--   column public.grand.b
--   column public.grand.c
--   column public.grand.d
--   column public.grand.g
--   column public.grand.y
--   column public.grand.z
--   column public.kid.a
--   column public.kid.b
--   column public.kid.c
--   column public.kid.g
--   column public.kid.y
--   column public.kid.z
--   column public.kid2.a
--   column public.kid2.b
--   column public.kid2.d
--   column public.kid2.g
--   column public.par.a
--   column public.par.b
--   column public.par.g
--   column public.par2.y
--   column public.par2.z
--   constraint own on public.grand
--   constraint own on public.kid2
--   constraint par_a_check on public.grand
--   constraint par_a_check on public.kid
--   constraint par_a_check on public.kid2
--   constraint par_a_check on public.par
--   constraint par_pkey on public.par
--   default public.grand.b
--   default public.grand.d
--   default public.kid.b
--   default public.kid2.b
--   default public.kid2.d
--   default public.par.b
--   index public.par_pkey
--   table public.grand
--   table public.kid
--   table public.kid2
--   table public.par
--   table public.par2

-- renumbered:
--   (#pg_class:16410:1, "column public.par.a")
--   (#pg_class:16410:2, "column public.par.b")
--   (#pg_class:16410:3, "column public.par.g")
--   (#pg_class:16413:0, "index public.par_pkey")
--   (#pg_class:16415:1, "column public.par2.z")
--   (#pg_class:16416:0, "table public.kid")
--   (#pg_class:16416:1, "column public.kid.z")
--   (#pg_class:16416:2, "column public.kid.y")
--   (#pg_class:16416:3, "column public.kid.a")
--   (#pg_class:16416:4, "column public.kid.b")
--   (#pg_class:16416:5, "column public.kid.g")
--   (#pg_class:16416:6, "column public.kid.c")
--   (#pg_class:16419:0, "sequence public.kid2_d_seq")
--   (#pg_class:16420:0, "table public.kid2")
--   (#pg_class:16420:1, "column public.kid2.a")
--   (#pg_class:16420:2, "column public.kid2.b")
--   (#pg_class:16420:3, "column public.kid2.g")
--   (#pg_class:16420:4, "column public.kid2.d")
--   (#pg_class:16425:0, "table public.grand")
--   (#pg_class:16425:1, "column public.grand.a")
--   (#pg_class:16425:2, "column public.grand.b")
--   (#pg_class:16425:3, "column public.grand.g")
--   (#pg_class:16425:4, "column public.grand.d")
--   (#pg_class:16425:5, "column public.grand.z")
--   (#pg_class:16425:6, "column public.grand.y")
--   (#pg_class:16425:7, "column public.grand.c")
--   (#pg_attrdef:16411:0, "default public.par.b")
--   (#pg_attrdef:16417:0, "default public.kid.b")
--   (#pg_attrdef:16421:0, "default public.kid2.b")
--   (#pg_attrdef:16423:0, "default public.kid2.d")
--   (#pg_attrdef:16426:0, "default public.grand.b")
--   (#pg_attrdef:16427:0, "default public.grand.d")
--   (#pg_constraint:16412:0, "constraint par_a_check on public.par")
--   (#pg_constraint:16414:0, "constraint par_pkey on public.par")
--   (#pg_constraint:16418:0, "constraint par_a_check on public.kid")
--   (#pg_constraint:16422:0, "constraint par_a_check on public.kid2")
--   (#pg_constraint:16424:0, "constraint own on public.kid2")
--   (#pg_constraint:16428:0, "constraint own on public.grand")
--   (#pg_constraint:16429:0, "constraint par_a_check on public.grand")

-- may be set aside:
--   Aside { schema: "public", table: "par", column: None, copy_schema: "backout_undone_1", copy: "rows_16410_1", by: Json, left: None }
--   Aside { schema: "backout_archive_1", table: "64932 kid", column: Some("a"), copy_schema: "backout_undone_1", copy: "misfits_16416_3", by: Nothing, left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bigint)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.par t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.a::text)", keys: Some("SELECT ROW(t.a)::text FROM public.par t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.a::text) LIMIT 5"), object: "column public.par.a", otherwise: "values that do not fit its former type are set aside or cut" }
