-- locks:
--   public.ne, ACCESS EXCLUSIVE
--   public.ne1, ACCESS EXCLUSIVE
--   public.ne2, ACCESS EXCLUSIVE
--   public.nf, ACCESS EXCLUSIVE
--   public.ng, ACCESS EXCLUSIVE
--   public.nh, ACCESS EXCLUSIVE
--   public.ni, ACCESS EXCLUSIVE

-- before the locks:
-- column public.ne.a
CREATE TABLE backout_archive_1.type_135591_2_left (id text, backout_value text);
-- column public.ne.a
CREATE FUNCTION backout_archive_1.type_135591_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_135591_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::numeric)::numeric)::text IS NULL OR ((($2::numeric)::numeric)::numeric)::text = $2 THEN RETURN (($2::numeric)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135591_2_left VALUES ($1, $2); RETURN NULL; END';
-- column public.ne.t
CREATE TABLE backout_archive_1.type_135591_3_left (id text, backout_value text);
-- column public.ne.t
CREATE FUNCTION backout_archive_1.type_135591_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_135591_3 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::text)::text)::text IS NULL OR ((($2::text)::text)::text)::text = $2 THEN RETURN (($2::text)::text)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135591_3_left VALUES ($1, $2); RETURN NULL; END';
-- column public.nf.a
CREATE INDEX ON backout_archive_1.type_135635_1 ((pg_catalog.md5(coalesce(backout_new, '~'))), backout_row);
-- column public.nf.a
CREATE TABLE backout_archive_1.type_135635_1_left (backout_value text);
-- column public.nf.a
CREATE FUNCTION backout_archive_1.type_135635_1_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_135635_1 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_135635_1 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'')) AND c.backout_new IS NOT DISTINCT FROM $1 ORDER BY pg_catalog.md5(coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::numeric)::numeric)::text IS NULL OR ((($1::numeric)::numeric)::numeric)::text = $1 THEN RETURN (($1::numeric)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135635_1_left VALUES ($1); RETURN NULL; END';
-- column public.nf.t
CREATE INDEX ON backout_archive_1.type_135635_2 ((pg_catalog.md5(coalesce(backout_new, '~'))), backout_row);
-- column public.nf.t
CREATE TABLE backout_archive_1.type_135635_2_left (backout_value text);
-- column public.nf.t
CREATE FUNCTION backout_archive_1.type_135635_2_back(text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_135635_2 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_135635_2 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'')) AND c.backout_new IS NOT DISTINCT FROM $1 ORDER BY pg_catalog.md5(coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($1::text)::text)::text IS NULL OR ((($1::text)::text)::text)::text = $1 THEN RETURN (($1::text)::text)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_135635_2_left VALUES ($1); RETURN NULL; END';
-- column public.nh.v
CREATE TABLE backout_archive_1.type_135667_2_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(v::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_2::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_135667_2 GROUP BY 1) s WHERE s.backout_new IS NOT NULL;
-- column public.nh.v
CREATE INDEX ON backout_archive_1.type_135667_2_known (backout_row);
-- column public.nh.v
CREATE TABLE backout_archive_1.type_135667_2_left (id text, backout_value text);
-- column public.nh.v
CREATE FUNCTION backout_archive_1.type_135667_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_135667_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::numeric(9,1))::numeric)::text IS NULL OR ((($2::numeric(9,1))::numeric)::numeric(9,1))::text = $2 THEN RETURN (($2::numeric(9,1))::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END; SELECT k.backout_old INTO found_one FROM backout_archive_1.type_135667_2_known k WHERE k.backout_row = ROW($1)::text AND k.backout_new = $2; IF FOUND THEN RETURN found_one; END IF; INSERT INTO backout_archive_1.type_135667_2_left VALUES ($1, $2); RETURN NULL; END';
-- column public.ni.v
CREATE TABLE backout_archive_1.type_135684_2_known AS SELECT * FROM (SELECT ROW(id)::text AS backout_row, (pg_catalog.array_agg(v::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, (pg_catalog.array_agg(backout_raw_2::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new FROM backout_archive_1.rows_135684_1 GROUP BY 1) s WHERE s.backout_new IS NOT NULL;
-- column public.ni.v
CREATE INDEX ON backout_archive_1.type_135684_2_known (backout_row);
-- column public.ni.v
CREATE TABLE backout_archive_1.type_135684_2_left (id text, backout_value text);
-- column public.ni.v
CREATE FUNCTION backout_archive_1.type_135684_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN SELECT c.backout_old INTO found_one FROM backout_archive_1.type_135684_2 c WHERE c.id = $1 AND c.backout_new IS NOT DISTINCT FROM $2; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::numeric)::numeric)::text IS NULL OR ((($2::numeric)::numeric)::numeric)::text = $2 THEN RETURN (($2::numeric)::numeric)::text; END IF; EXCEPTION WHEN others THEN NULL; END; SELECT k.backout_old INTO found_one FROM backout_archive_1.type_135684_2_known k WHERE k.backout_row = ROW($1)::text AND k.backout_new = $2; IF FOUND THEN RETURN found_one; END IF; INSERT INTO backout_archive_1.type_135684_2_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- view public.nev
DROP VIEW IF EXISTS public.nev CASCADE;
-- what the migration added
DROP INDEX IF EXISTS public.nf_a_idx CASCADE;
-- what the migration added
ALTER TABLE public.nf DROP CONSTRAINT IF EXISTS nf_a_check CASCADE;
-- what the migration added
ALTER TABLE public.ng DROP CONSTRAINT IF EXISTS nf_a_check CASCADE;
-- what the migration added
ALTER TABLE ONLY public.nf ALTER COLUMN a DROP DEFAULT;
-- what the migration added
ALTER TABLE ONLY public.ng ALTER COLUMN a DROP DEFAULT;
-- column public.ne.a
ALTER TABLE public.ne RENAME COLUMN b TO a;
-- column public.ne.a
ALTER TABLE public.ne ALTER COLUMN a TYPE numeric USING backout_archive_1.type_135591_2_back(id::text, a::text)::numeric;
-- column public.ne.t
ALTER TABLE public.ne ALTER COLUMN t TYPE text USING backout_archive_1.type_135591_3_back(id::text, t::text)::text;
-- column public.ne1.t
ALTER TABLE ONLY public.ne1 ALTER COLUMN t SET STORAGE EXTERNAL;
-- column public.nf.a
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "ALTER TABLE public.nf ALTER COLUMN a DROP NOT NULL", "ALTER TABLE public.ng ALTER COLUMN a DROP NOT NULL", "ALTER TABLE public.nf ALTER COLUMN a TYPE numeric USING backout_archive_1.type_135635_1_back(a::text)::numeric"], count: "", otherwise: "", nullable: [("public.nf", "a"), ("public.ng", "a")], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.nf ALTER COLUMN a TYPE numeric USING backout_archive_1.type_135635_1_back(a::text)::numeric;
-- column public.nf.t
ALTER TABLE public.nf ALTER COLUMN t TYPE text USING backout_archive_1.type_135635_2_back(t::text)::text;
-- column public.nf.t
ALTER TABLE ONLY public.nf ALTER COLUMN t SET COMPRESSION pglz;
-- column public.nf.t
ALTER TABLE ONLY public.nf ALTER COLUMN t SET COMPRESSION pglz;
-- column public.ng.t
ALTER TABLE ONLY public.ng ALTER COLUMN t SET COMPRESSION pglz;
-- column public.nh.v
ALTER TABLE public.nh ALTER COLUMN v TYPE numeric USING backout_archive_1.type_135667_2_back(id::text, v::text)::numeric;
-- column public.ni.v
ALTER TABLE public.ni ALTER COLUMN v TYPE numeric USING backout_archive_1.type_135684_2_back(id::text, v::text)::numeric;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.nh
--   expected: 1 rows, otherwise rows that the migration took out of table public.nh did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.nh (id, v) OVERRIDING SYSTEM VALUE SELECT m.id, m.v::numeric FROM (SELECT i.* FROM backout_archive_1.rows_135667_2 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_135667_2 o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.nh t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.ni
--   expected: 3 rows, otherwise rows of table public.ni were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.ni t SET v = m.v::numeric FROM backout_archive_1.rows_135684_1 m JOIN backout_archive_1.rows_135684_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.v::text IS NOT DISTINCT FROM p.v::text OR t.v::text IS NOT DISTINCT FROM m.v::text);
-- table public.ni
--   only after a shortfall
UPDATE ONLY public.ni t SET v = CASE WHEN t.v::text IS NOT DISTINCT FROM p.v::text THEN m.v::numeric ELSE t.v END FROM backout_archive_1.rows_135684_1 m JOIN backout_archive_1.rows_135684_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.v::text IS NOT DISTINCT FROM p.v::text AND m.v::text IS DISTINCT FROM p.v::text));
-- table public.nh
--   expected: 3 rows, otherwise rows of table public.nh were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.nh t SET v = m.v::numeric FROM backout_archive_1.rows_135667_1 m JOIN backout_archive_1.rows_135667_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.v::text IS NOT DISTINCT FROM p.v::text OR t.v::text IS NOT DISTINCT FROM m.v::text);
-- table public.nh
--   only after a shortfall
UPDATE ONLY public.nh t SET v = CASE WHEN t.v::text IS NOT DISTINCT FROM p.v::text THEN m.v::numeric ELSE t.v END FROM backout_archive_1.rows_135667_1 m JOIN backout_archive_1.rows_135667_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.v::text IS NOT DISTINCT FROM p.v::text AND m.v::text IS DISTINCT FROM p.v::text));
-- default public.nf.a
ALTER TABLE ONLY public.nf ALTER COLUMN a SET DEFAULT 1.5;
-- default public.ng.a
ALTER TABLE ONLY public.ng ALTER COLUMN a SET DEFAULT 1.5;
-- constraint nf_a_check on public.nf
ALTER TABLE public.nf ADD CONSTRAINT nf_a_check CHECK ((a >= (0)::numeric)) NOT VALID;
-- index public.nf_a_idx
CREATE INDEX nf_a_idx ON public.nf USING btree (a);

-- closing:
-- column public.ne.a
DROP FUNCTION backout_archive_1.type_135591_2_back;
-- column public.ne.t
DROP FUNCTION backout_archive_1.type_135591_3_back;
-- column public.nf.a
DROP FUNCTION backout_archive_1.type_135635_1_back;
-- column public.nf.t
DROP FUNCTION backout_archive_1.type_135635_2_back;
-- column public.nh.v
DROP TABLE backout_archive_1.type_135667_2_known;
-- column public.nh.v
DROP FUNCTION backout_archive_1.type_135667_2_back;
-- column public.ni.v
DROP TABLE backout_archive_1.type_135684_2_known;
-- column public.ni.v
DROP FUNCTION backout_archive_1.type_135684_2_back;

-- tail:
-- constraint nf_a_check on public.nf: validate, public.nf
ALTER TABLE public.nf VALIDATE CONSTRAINT nf_a_check;

-- parts:
--   column public.ne.a
--   column public.ne.h
--   column public.ne.id
--   column public.ne.t
--   column public.ne1.a
--   column public.ne1.h
--   column public.ne1.id
--   column public.ne1.t
--   column public.ne2.a
--   column public.ne2.h
--   column public.ne2.id
--   column public.ne2.t
--   column public.nf.a
--   column public.nf.t
--   column public.ng.a
--   column public.ng.t
--   column public.ng.x
--   column public.nh.id
--   column public.nh.v
--   constraint ne1_pkey on public.ne1
--   constraint ne2_pkey on public.ne2
--   constraint ne_pkey on public.ne
--   constraint nf_a_check on public.nf
--   constraint nf_a_check on public.ng
--   constraint nh_pkey on public.nh
--   default public.nf.a
--   default public.ng.a
--   index public.ne1_pkey
--   index public.ne2_pkey
--   index public.ne_pkey
--   index public.nf_a_idx
--   index public.nh_pkey
--   table public.ne
--   table public.ne1
--   table public.ne2
--   table public.nf
--   table public.ng
--   table public.nh

-- renumbered:
--   (#pg_class:16410:1, "column public.ne.id")
--   (#pg_class:16410:2, "column public.ne.a")
--   (#pg_class:16410:3, "column public.ne.t")
--   (#pg_class:16410:4, "column public.ne.h")
--   (#pg_class:16411:0, "index public.ne_pkey")
--   (#pg_class:16413:2, "column public.ne1.a")
--   (#pg_class:16413:3, "column public.ne1.t")
--   (#pg_class:16416:2, "column public.ne2.a")
--   (#pg_class:16419:1, "column public.nf.a")
--   (#pg_class:16419:2, "column public.nf.t")
--   (#pg_class:16422:0, "index public.nf_a_idx")
--   (#pg_class:16423:2, "column public.ng.t")
--   (#pg_class:16426:1, "column public.nh.id")
--   (#pg_class:16426:2, "column public.nh.v")
--   (#pg_class:16427:0, "index public.nh_pkey")
--   (#pg_class:16429:1, "column public.ni.id")
--   (#pg_class:16429:2, "column public.ni.v")
--   (#pg_class:16430:0, "index public.ni_pkey")
--   (#pg_attrdef:16420:0, "default public.nf.a")
--   (#pg_attrdef:16424:0, "default public.ng.a")
--   (#pg_constraint:16412:0, "constraint ne_pkey on public.ne")
--   (#pg_constraint:16421:0, "constraint nf_a_check on public.nf")
--   (#pg_constraint:16425:0, "constraint nf_a_check on public.ng")
--   (#pg_constraint:16428:0, "constraint nh_pkey on public.nh")
--   (#pg_constraint:16431:0, "constraint ni_pkey on public.ni")

-- may be set aside:
--   Aside { schema: "public", table: "ne", column: Some("b"), copy_schema: "backout_archive_1", copy: "type_135591_2_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "ne", column: Some("t"), copy_schema: "backout_archive_1", copy: "type_135591_3_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "nf", column: Some("a"), copy_schema: "backout_archive_1", copy: "type_135635_1_left", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "nf", column: Some("t"), copy_schema: "backout_archive_1", copy: "type_135635_2_left", by: Nothing, left: Some("NULL") }
--   Aside { schema: "public", table: "nh", column: Some("v"), copy_schema: "backout_archive_1", copy: "type_135667_2_left", by: TextKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "ni", column: Some("v"), copy_schema: "backout_archive_1", copy: "type_135684_2_left", by: TextKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135591_2_left", forced: None, otherwise: "values of column public.ne.a that were written since do not fit its former type; they lie in backout_archive_1.type_135591_2_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135591_3_left", forced: None, otherwise: "values of column public.ne.t that were written since do not fit its former type; they lie in backout_archive_1.type_135591_3_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135635_1_left", forced: None, otherwise: "values of column public.nf.a that were written since do not fit its former type; they lie in backout_archive_1.type_135635_1_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135635_2_left", forced: None, otherwise: "values of column public.nf.t that were written since do not fit its former type; they lie in backout_archive_1.type_135635_2_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135667_2_left", forced: None, otherwise: "values of column public.nh.v that were written since do not fit its former type; they lie in backout_archive_1.type_135667_2_left", if_none: None }
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_135684_2_left", forced: None, otherwise: "values of column public.ni.v that were written since do not fit its former type; they lie in backout_archive_1.type_135684_2_left", if_none: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16426_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::numeric(9,1))::numeric)::numeric(9,1))::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.nh t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16426_2(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_135667_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text)", keys: Some("SELECT ROW(t.id)::text FROM public.nh t WHERE t.v IS NOT NULL AND NOT pg_temp.backout_fits_16426_2(t.v::text) AND NOT EXISTS (SELECT FROM backout_archive_1.type_135667_2 c WHERE c.id = t.id::text AND c.backout_new IS NOT DISTINCT FROM t.v::text) LIMIT 5"), object: "column public.nh.v", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.nf t WHERE NOT (((a >= (0)::numeric)))", keys: None, object: "constraint nf_a_check on public.nf", otherwise: "rows do not fit it: it holds for new rows only" }
