-- locks:
--   public.en, ACCESS EXCLUSIVE
--   public.eo, ACCESS EXCLUSIVE
--   public.ep, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- table public.en
UPDATE backout_archive_1.rows_148453_1 SET k = CASE k WHEN 'PREFERENCE' THEN 'STYLE' ELSE k END;
-- table public.eo
UPDATE backout_archive_1.rows_148469_1 SET k = CASE k WHEN 'c' THEN 'a' ELSE k END;
-- table public.en
CREATE TABLE backout_archive_1.rows_148453_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.k FROM (SELECT i.*, ROW(i.id, i.k)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_148453_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.k)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- column public.en.k
CREATE TABLE backout_undone_1.value_16411_2 (id text, backout_value text);
-- column public.eo.k
CREATE TABLE backout_undone_1.value_16418_2 (id text, backout_value text);
-- column public.ep.k
CREATE TABLE backout_undone_1.value_16422_2 (id text, backout_value text);

-- steps:
-- type public.ena
ALTER TYPE public.ena RENAME VALUE 'PREFERENCE' TO 'STYLE';
-- type public.enb
ALTER TYPE public.enb RENAME VALUE 'a' TO 'backout_1';
-- type public.enb
ALTER TYPE public.enb RENAME VALUE 'c' TO 'a';
-- type public.enc
ALTER TYPE public.enc RENAME VALUE 'a' TO 'backout_1';
-- type public.enc
ALTER TYPE public.enc RENAME VALUE 'b' TO 'backout_0';
-- type public.enc
ALTER TYPE public.enc RENAME VALUE 'backout_0' TO 'a';
-- type public.enc
ALTER TYPE public.enc RENAME VALUE 'backout_1' TO 'b';
-- view public.env
CREATE OR REPLACE VIEW public.env AS  SELECT en.id
   FROM public.en
  WHERE (en.k = 'STYLE'::public.ena);
-- view public.env
DROP VIEW IF EXISTS public.env CASCADE;
-- constraint en_k_check on public.en
ALTER TABLE public.en DROP CONSTRAINT IF EXISTS en_k_check CASCADE;
-- default public.en.k
ALTER TABLE ONLY public.en ALTER COLUMN k DROP DEFAULT;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.eo
--   expected: 1 rows, otherwise rows of table public.eo were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.eo t SET k = m.k::text::public.enb FROM backout_archive_1.rows_148469_1 m JOIN backout_archive_1.rows_148469_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.k::text IS NOT DISTINCT FROM p.k::text OR t.k::text IS NOT DISTINCT FROM m.k::text);
-- table public.eo
--   only after a shortfall
UPDATE ONLY public.eo t SET k = CASE WHEN t.k::text IS NOT DISTINCT FROM p.k::text THEN m.k::text::public.enb ELSE t.k END FROM backout_archive_1.rows_148469_1 m JOIN backout_archive_1.rows_148469_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.k::text IS NOT DISTINCT FROM p.k::text AND m.k::text IS DISTINCT FROM p.k::text));
-- table public.en
--   expected: 1 rows, otherwise rows that the migration took out of table public.en did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.en (id, k) OVERRIDING SYSTEM VALUE SELECT m.id, m.k::text::public.ena FROM (SELECT i.* FROM backout_archive_1.rows_148453_1_sum i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_148453_1_sum o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.en t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.en
--   expected: 1 rows, otherwise rows of table public.en were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.en t SET k = m.k::text::public.ena FROM backout_archive_1.rows_148453_1_sum m JOIN backout_archive_1.rows_148453_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.k::text IS NOT DISTINCT FROM p.k::text OR t.k::text IS NOT DISTINCT FROM m.k::text);
-- table public.en
--   only after a shortfall
UPDATE ONLY public.en t SET k = CASE WHEN t.k::text IS NOT DISTINCT FROM p.k::text THEN m.k::text::public.ena ELSE t.k END FROM backout_archive_1.rows_148453_1_sum m JOIN backout_archive_1.rows_148453_1_sum p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.k::text IS NOT DISTINCT FROM p.k::text AND m.k::text IS DISTINCT FROM p.k::text));
-- type public.ena
ALTER TYPE public.ena RENAME TO backout_rebuilt_16410;
-- type public.ena
CREATE TYPE public.ena AS ENUM ('STYLE', 'FACT', 'it''s');
-- column public.en.k
INSERT INTO backout_undone_1.value_16411_2 SELECT t.id::text, t.k::text FROM public.en t WHERE t.k::text IN ('FIRST', 'PROCEDURE');
-- table public.en
ALTER TABLE public.en ALTER COLUMN k TYPE public.ena USING (NULLIF(NULLIF(k::text, 'FIRST'), 'PROCEDURE'))::public.ena;
-- type public.ena
DROP TYPE public.backout_rebuilt_16410;
-- type public.enb
ALTER TYPE public.enb RENAME TO backout_rebuilt_16417;
-- type public.enb
CREATE TYPE public.enb AS ENUM ('a', 'b');
-- column public.eo.k
INSERT INTO backout_undone_1.value_16418_2 SELECT t.id::text, t.k::text FROM public.eo t WHERE t.k::text IN ('backout_1');
-- table public.eo
ALTER TABLE public.eo ALTER COLUMN k TYPE public.enb USING (NULLIF(k::text, 'backout_1'))::public.enb;
-- type public.enb
DROP TYPE public.backout_rebuilt_16417;
-- type public.enc
ALTER TYPE public.enc RENAME TO backout_rebuilt_16421;
-- type public.enc
CREATE TYPE public.enc AS ENUM ('a', 'b');
-- column public.ep.k
INSERT INTO backout_undone_1.value_16422_2 SELECT t.id::text, t.k::text FROM public.ep t WHERE t.k::text IN ('d');
-- table public.ep
ALTER TABLE public.ep ALTER COLUMN k TYPE public.enc USING (NULLIF(k::text, 'd'))::public.enc;
-- type public.enc
DROP TYPE public.backout_rebuilt_16421;
-- default public.en.k
ALTER TABLE ONLY public.en ALTER COLUMN k SET DEFAULT 'STYLE'::public.ena;
-- constraint en_k_check on public.en
ALTER TABLE public.en ADD CONSTRAINT en_k_check CHECK ((k <> 'it''s'::public.ena)) NOT VALID;
-- view public.env
CREATE VIEW public.env AS  SELECT en.id
   FROM public.en
  WHERE (en.k = 'STYLE'::public.ena);

-- tail:
-- table public.en: analyze
ANALYZE public.en;
-- table public.eo: analyze
ANALYZE public.eo;
-- table public.ep: analyze
ANALYZE public.ep;
-- constraint en_k_check on public.en: validate, public.en
ALTER TABLE public.en VALIDATE CONSTRAINT en_k_check;

-- remade:
--   #pg_class:16416:0 view public.env
--   #pg_attrdef:16412:0 default public.en.k
--   #pg_constraint:16413:0 constraint en_k_check on public.en

-- parts:
--   column public.en.id
--   column public.en.k
--   constraint en_k_check on public.en
--   constraint en_pkey on public.en
--   default public.en.k
--   index public.en_pkey
--   table public.en

-- renumbered:
--   (#pg_type:16410:0, "type public.ena")
--   (#pg_type:16417:0, "type public.enb")
--   (#pg_type:16421:0, "type public.enc")
--   (#pg_class:16411:1, "column public.en.id")
--   (#pg_class:16411:2, "column public.en.k")
--   (#pg_class:16414:0, "index public.en_pkey")
--   (#pg_class:16416:0, "view public.env")
--   (#pg_class:16418:1, "column public.eo.id")
--   (#pg_class:16418:2, "column public.eo.k")
--   (#pg_class:16419:0, "index public.eo_pkey")
--   (#pg_class:16422:1, "column public.ep.id")
--   (#pg_class:16422:2, "column public.ep.k")
--   (#pg_class:16423:0, "index public.ep_pkey")
--   (#pg_attrdef:16412:0, "default public.en.k")
--   (#pg_constraint:16413:0, "constraint en_k_check on public.en")
--   (#pg_constraint:16415:0, "constraint en_pkey on public.en")
--   (#pg_constraint:16420:0, "constraint eo_pkey on public.eo")
--   (#pg_constraint:16424:0, "constraint ep_pkey on public.ep")

-- set aside:
--   SetAside { table: "public.en", column: "k", copy: "backout_undone_1.value_16411_2", count: "SELECT greatest(count(*), 0)::bigint FROM public.en t WHERE t.k::text IN ('FIRST', 'PROCEDURE') AND NOT (EXISTS (SELECT FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.k FROM (SELECT i.*, ROW(i.id, i.k)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_148453_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.k)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.k::text IS NOT DISTINCT FROM t.k::text AND NOT EXISTS (SELECT FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.k FROM (SELECT i.*, ROW(i.id, i.k)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_148453_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.k)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) m WHERE NOT m.backout_new AND m.id::text = t.id::text)) OR EXISTS (SELECT FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.k FROM (SELECT i.*, ROW(i.id, i.k)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_148453_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.k)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) p WHERE p.backout_new AND p.id::text = t.id::text AND p.k::text IS NOT DISTINCT FROM t.k::text) AND EXISTS (SELECT FROM (SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.k FROM (SELECT i.*, ROW(i.id, i.k)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_148453_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.k)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0) m WHERE NOT m.backout_new AND m.id::text = t.id::text AND true))" }
--   SetAside { table: "public.eo", column: "k", copy: "backout_undone_1.value_16418_2", count: "SELECT greatest(count(*), 0)::bigint FROM public.eo t WHERE t.k::text IN ('backout_1') AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, k FROM backout_archive_1.rows_148469_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.k::text IS NOT DISTINCT FROM t.k::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, k FROM backout_archive_1.rows_148469_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text)) OR EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, k FROM backout_archive_1.rows_148469_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.k::text IS NOT DISTINCT FROM t.k::text) AND EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, k FROM backout_archive_1.rows_148469_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text AND true))" }
--   SetAside { table: "public.ep", column: "k", copy: "backout_undone_1.value_16422_2", count: "SELECT greatest(count(*), 0)::bigint FROM public.ep t WHERE t.k::text IN ('d')" }

-- may be set aside:
--   Aside { schema: "public", table: "en", column: Some("k"), copy_schema: "backout_undone_1", copy: "value_16411_2", by: TextKey(["id"]), left: Some("(NULLIF(NULLIF(c.backout_value::text, 'FIRST'), 'PROCEDURE'))::text") }
--   Aside { schema: "public", table: "eo", column: Some("k"), copy_schema: "backout_undone_1", copy: "value_16418_2", by: TextKey(["id"]), left: Some("(NULLIF(c.backout_value::text, 'backout_1'))::text") }
--   Aside { schema: "public", table: "ep", column: Some("k"), copy_schema: "backout_undone_1", copy: "value_16422_2", by: TextKey(["id"]), left: Some("(NULLIF(c.backout_value::text, 'd'))::text") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16411_2", forced: None, otherwise: "values of column public.en.k are ones that its type did not have before; they lie in backout_undone_1.value_16411_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16411_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16418_2", forced: None, otherwise: "values of column public.eo.k are ones that its type did not have before; they lie in backout_undone_1.value_16418_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16418_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
--   Look { count: "SELECT count(*) FROM backout_undone_1.value_16422_2", forced: None, otherwise: "values of column public.ep.k are ones that its type did not have before; they lie in backout_undone_1.value_16422_2", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.value_16422_2; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }
