-- locks:
--   public.kd, ACCESS EXCLUSIVE
--   public.kp, ACCESS EXCLUSIVE

-- before the locks:
-- table public.kd
CREATE TABLE backout_archive_1.rows_19567_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.a, s.b FROM (SELECT i.*, ROW(i.a, i.b)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_19567_1 i WINDOW w AS (PARTITION BY ROW(i.a, i.b)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.kp
CREATE TABLE backout_archive_1.rows_19558_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.v, s.at, s.id FROM (SELECT i.*, ROW(i.v, i.at, i.id)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_19558_1 i WINDOW w AS (PARTITION BY ROW(i.v, i.at, i.id)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- what the migration added
ALTER TABLE public.kd DROP CONSTRAINT IF EXISTS kd_a_fkey CASCADE;
-- what the migration added
ALTER TABLE public.kd DROP CONSTRAINT IF EXISTS kd_b_fkey CASCADE;
-- what the migration added
ALTER TABLE public.kp DROP CONSTRAINT IF EXISTS kp_pkey CASCADE;
-- what the migration added
ALTER TABLE public.kd DROP CONSTRAINT IF EXISTS kd_pkey CASCADE;
-- what the migration added
ALTER TABLE public.kd DROP CONSTRAINT IF EXISTS kd_check CASCADE;
-- table public.kd
DELETE FROM ONLY public.kd d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.a::text, t.b::text)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.a::text, t.b::text)::text) AS n FROM ONLY public.kd t) c, (SELECT ROW(i.backout_raw_1, i.backout_raw_2)::text AS text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) AS n FROM backout_archive_1.rows_19567_1 i WHERE i.a IS NULL AND i.backout_raw_1 IS NOT NULL OR i.b IS NULL AND i.backout_raw_2 IS NOT NULL GROUP BY 1) p WHERE p.text = c.text AND c.n <= p.n AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.kp
DELETE FROM ONLY public.kp d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.v, t.at, t.id::text)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.v, t.at, t.id::text)::text) AS n FROM ONLY public.kp t) c, (SELECT ROW(i.v, i.at, i.backout_raw_1)::text AS text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) AS n FROM backout_archive_1.rows_19558_1 i WHERE i.id IS NULL AND i.backout_raw_1 IS NOT NULL GROUP BY 1) p WHERE p.text = c.text AND c.n <= p.n AND d.tableoid = c.place AND d.ctid = c.row;
-- column public.kp.id
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::uuid)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16410_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.kp t WHERE id IS NOT NULL AND backout_undone_1.misfits_16410_1_back(ROW(id)::text, id::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16410_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.kp ALTER COLUMN id TYPE uuid USING backout_undone_1.misfits_16410_1_back(ROW(id)::text, id::text)::uuid", "DROP FUNCTION backout_undone_1.misfits_16410_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_1", otherwise: "values of column public.kp.id that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_1, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16410_1", "rows of public.kp that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16410_1")), if_none: [] }
ALTER TABLE public.kp ALTER COLUMN id TYPE uuid USING id::uuid;
-- column public.kd.a
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16415_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16415_1_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::uuid)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16415_1 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16415_1 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.kd t WHERE a IS NOT NULL AND backout_undone_1.misfits_16415_1_back(ROW(a)::text, a::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16415_1 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.kd ALTER COLUMN a TYPE uuid USING backout_undone_1.misfits_16415_1_back(ROW(a)::text, a::text)::uuid", "DROP FUNCTION backout_undone_1.misfits_16415_1_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16415_1", otherwise: "values of column public.kd.a that were written since do not fit its former type; they lie in backout_undone_1.misfits_16415_1, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16415_1", "rows of public.kd that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16415_1")), if_none: [] }
ALTER TABLE public.kd ALTER COLUMN a TYPE uuid USING a::uuid;
-- column public.kd.b
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16415_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16415_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::uuid)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16415_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "CREATE TABLE backout_undone_1.rows_16415_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)", "WITH gone AS (DELETE FROM public.kd t WHERE b IS NOT NULL AND backout_undone_1.misfits_16415_2_back(ROW(b)::text, b::text) IS NULL RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO backout_undone_1.rows_16415_2 (backout_row) SELECT backout_row FROM gone", "ALTER TABLE public.kd ALTER COLUMN b TYPE uuid USING backout_undone_1.misfits_16415_2_back(ROW(b)::text, b::text)::uuid", "DROP FUNCTION backout_undone_1.misfits_16415_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16415_2", otherwise: "values of column public.kd.b that were written since do not fit its former type; they lie in backout_undone_1.misfits_16415_2, by the key of their rows", nullable: [], loosens: None, rows: Some(("SELECT count(*) FROM backout_undone_1.rows_16415_2", "rows of public.kd that were written since have keys that do not fit its former type; they lie in backout_undone_1.rows_16415_2")), if_none: [] }
ALTER TABLE public.kd ALTER COLUMN b TYPE uuid USING b::uuid;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.kp
DELETE FROM ONLY public.kp d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.v, t.at, t.id::text)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.v, t.at, t.id::text)::text) AS n FROM ONLY public.kp t) c, (SELECT ROW(i.v, i.at, i.id::text)::text AS text, i.backout_count FROM backout_archive_1.rows_19558_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.kp
--   expected: 4 rows, otherwise rows that the migration took out of table public.kp did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.kp (v, at, id) OVERRIDING SYSTEM VALUE SELECT m.v, m.at, m.id::uuid FROM (SELECT i.* FROM backout_archive_1.rows_19558_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.kd
DELETE FROM ONLY public.kd d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.a::text, t.b::text)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.a::text, t.b::text)::text) AS n FROM ONLY public.kd t) c, (SELECT ROW(i.a::text, i.b::text)::text AS text, i.backout_count FROM backout_archive_1.rows_19567_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.kd
--   expected: 6 rows, otherwise rows that the migration took out of table public.kd did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.kd (a, b) OVERRIDING SYSTEM VALUE SELECT m.a::uuid, m.b::uuid FROM (SELECT i.* FROM backout_archive_1.rows_19567_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m WHERE (m.a IS NULL OR EXISTS (SELECT FROM public.kp f WHERE f.id = m.a::uuid)) AND (m.b IS NULL OR EXISTS (SELECT FROM public.kp f WHERE f.id = m.b::uuid)) ON CONFLICT DO NOTHING;
-- default public.kp.id
ALTER TABLE ONLY public.kp ALTER COLUMN id SET DEFAULT gen_random_uuid();
-- constraint kp_pkey on public.kp
--   may clash: Values, at once None
ALTER TABLE public.kp ADD CONSTRAINT kp_pkey PRIMARY KEY (id);
-- constraint kd_check on public.kd
ALTER TABLE public.kd ADD CONSTRAINT kd_check CHECK ((a <> b)) NOT VALID;
-- constraint kd_pkey on public.kd
--   may clash: Values, at once None
ALTER TABLE public.kd ADD CONSTRAINT kd_pkey PRIMARY KEY (a, b);
-- foreign key kd_a_fkey on public.kd
--   may clash: ForeignKey, at once Some("ALTER TABLE public.kd ADD CONSTRAINT kd_a_fkey FOREIGN KEY (a) REFERENCES public.kp(id) ON DELETE CASCADE")
ALTER TABLE public.kd ADD CONSTRAINT kd_a_fkey FOREIGN KEY (a) REFERENCES public.kp(id) ON DELETE CASCADE NOT VALID;
-- foreign key kd_b_fkey on public.kd
--   may clash: ForeignKey, at once Some("ALTER TABLE public.kd ADD CONSTRAINT kd_b_fkey FOREIGN KEY (b) REFERENCES public.kp(id)")
ALTER TABLE public.kd ADD CONSTRAINT kd_b_fkey FOREIGN KEY (b) REFERENCES public.kp(id) NOT VALID;

-- tail:
-- constraint kd_check on public.kd: validate, public.kd
ALTER TABLE public.kd VALIDATE CONSTRAINT kd_check;
-- foreign key kd_a_fkey on public.kd: validate, public.kd
ALTER TABLE public.kd VALIDATE CONSTRAINT kd_a_fkey;
-- foreign key kd_b_fkey on public.kd: validate, public.kd
ALTER TABLE public.kd VALIDATE CONSTRAINT kd_b_fkey;

-- parts:
--   column public.kd.a
--   column public.kd.b
--   column public.kp.at
--   column public.kp.id
--   column public.kp.v
--   constraint kd_check on public.kd
--   constraint kd_pkey on public.kd
--   constraint kp_pkey on public.kp
--   default public.kp.at
--   default public.kp.id
--   foreign key kd_a_fkey on public.kd
--   foreign key kd_b_fkey on public.kd
--   index public.kd_pkey
--   index public.kp_pkey
--   table public.kd
--   table public.kp

-- renumbered:
--   (#pg_class:16410:1, "column public.kp.id")
--   (#pg_class:16410:2, "column public.kp.v")
--   (#pg_class:16410:3, "column public.kp.at")
--   (#pg_class:16413:0, "index public.kp_pkey")
--   (#pg_class:16415:1, "column public.kd.a")
--   (#pg_class:16415:2, "column public.kd.b")
--   (#pg_class:16417:0, "index public.kd_pkey")
--   (#pg_attrdef:16411:0, "default public.kp.id")
--   (#pg_attrdef:16412:0, "default public.kp.at")
--   (#pg_constraint:16414:0, "constraint kp_pkey on public.kp")
--   (#pg_constraint:16416:0, "constraint kd_check on public.kd")
--   (#pg_constraint:16418:0, "constraint kd_pkey on public.kd")
--   (#pg_constraint:16419:0, "foreign key kd_a_fkey on public.kd")
--   (#pg_constraint:16420:0, "foreign key kd_b_fkey on public.kd")

-- may be set aside:
--   Aside { schema: "public", table: "kp", column: None, copy_schema: "backout_undone_1", copy: "rows_16410_1", by: Json, left: None }
--   Aside { schema: "public", table: "kd", column: None, copy_schema: "backout_undone_1", copy: "rows_16415_1", by: Json, left: None }
--   Aside { schema: "public", table: "kd", column: None, copy_schema: "backout_undone_1", copy: "rows_16415_2", by: Json, left: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::uuid) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.kp t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.kp t WHERE t.id IS NOT NULL AND NOT pg_temp.backout_fits_16410_1(t.id::text) LIMIT 5"), object: "column public.kp.id", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16415_1(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::uuid) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.kd t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16415_1(t.a::text)", keys: Some("SELECT ROW(t.a, t.b)::text FROM public.kd t WHERE t.a IS NOT NULL AND NOT pg_temp.backout_fits_16415_1(t.a::text) LIMIT 5"), object: "column public.kd.a", otherwise: "values that do not fit its former type are set aside or cut" }
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16415_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::text)::uuid) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.kd t WHERE t.b IS NOT NULL AND NOT pg_temp.backout_fits_16415_2(t.b::text)", keys: Some("SELECT ROW(t.a, t.b)::text FROM public.kd t WHERE t.b IS NOT NULL AND NOT pg_temp.backout_fits_16415_2(t.b::text) LIMIT 5"), object: "column public.kd.b", otherwise: "values that do not fit its former type are set aside or cut" }
