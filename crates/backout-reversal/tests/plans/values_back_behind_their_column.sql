-- locks:
--   public.vr, ACCESS EXCLUSIVE
--   public.vw, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.vr.kind
CREATE TABLE backout_undone_1.column_16411_5 (id text, backout_value text, PRIMARY KEY (id));
-- table public.vw
CREATE TABLE backout_archive_1.rows_140152_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.a, s.b FROM (SELECT i.*, ROW(i.a, i.b)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_140152_1 i WINDOW w AS (PARTITION BY ROW(i.a, i.b)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.vr.kind
INSERT INTO backout_undone_1.column_16411_5 (id, backout_value) SELECT id, kind FROM public.vr WHERE kind IS NOT NULL;
-- constraint vr_pkey on public.vr
ALTER TABLE public.vr DROP CONSTRAINT IF EXISTS vr_pkey CASCADE;
-- what the migration added
ALTER TABLE public.vr DROP COLUMN IF EXISTS kind CASCADE;
-- type public.vrk
ALTER TYPE backout_archive_1."140141 vrk" SET SCHEMA public;
-- type public.vrk
ALTER TYPE public."140141 vrk" RENAME TO vrk;
-- table public.vr
ALTER TABLE public.vr RENAME TO backout_rebuilt_16411;
-- table public.vr
CREATE TABLE public.vr (id text NOT NULL, p text, role public.vrk, z integer);
-- table public.vr
INSERT INTO public.vr (id, p, role, z) OVERRIDING SYSTEM VALUE SELECT t.id, t.p, c3.backout_value::text::public.vrk, t.z FROM ONLY public.backout_rebuilt_16411 t LEFT JOIN backout_archive_1.column_140145_3 c3 ON c3.id = t.id;
-- table public.vr
DROP TABLE public.backout_rebuilt_16411;
-- table public.vw
ALTER TABLE public.vw RENAME TO backout_rebuilt_16414;
-- table public.vw
CREATE TABLE public.vw (a integer, b integer);
-- table public.vw
INSERT INTO public.vw (a, b) OVERRIDING SYSTEM VALUE SELECT w.a, t.b FROM (SELECT i.*, ROW(i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.b)::text) AS backout_place FROM ONLY public.backout_rebuilt_16414 i) t LEFT JOIN (SELECT i.*, ROW(i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.b)::text) AS backout_place FROM backout_archive_1.rows_140152 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.vw
DROP TABLE public.backout_rebuilt_16414;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b)::text FROM backout_archive_1.rows_140152 i EXCEPT ALL SELECT ROW(i.a, i.b)::text FROM ONLY public.vw i) d; forced None; otherwise rows of public.vw were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_140152; if none None
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.vw
--   expected: 2 rows, otherwise rows that the migration left in table public.vw were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.vw d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.a, t.b)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.a, t.b)::text) AS n FROM ONLY public.vw t) c, (SELECT ROW(i.a, i.b)::text AS text, i.backout_count FROM backout_archive_1.rows_140152_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.vw
--   expected: 2 rows, otherwise rows that the migration took out of table public.vw did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.vw (a, b) OVERRIDING SYSTEM VALUE SELECT m.a, m.b FROM (SELECT i.* FROM backout_archive_1.rows_140152_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.vr
--   expected: 3 rows, otherwise rows of table public.vr were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.vr t SET p = m.p, role = m.role::text::public.vrk FROM backout_archive_1.rows_140145_1 m JOIN backout_archive_1.rows_140145_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.p::text IS NOT DISTINCT FROM p.p::text OR t.p::text IS NOT DISTINCT FROM m.p::text) AND (t.role::text IS NOT DISTINCT FROM p.role::text OR t.role::text IS NOT DISTINCT FROM m.role::text);
-- table public.vr
--   only after a shortfall
UPDATE ONLY public.vr t SET p = CASE WHEN t.p::text IS NOT DISTINCT FROM p.p::text THEN m.p ELSE t.p END, role = CASE WHEN t.role::text IS NOT DISTINCT FROM p.role::text THEN m.role::text::public.vrk ELSE t.role END FROM backout_archive_1.rows_140145_1 m JOIN backout_archive_1.rows_140145_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.p::text IS NOT DISTINCT FROM p.p::text AND m.p::text IS DISTINCT FROM p.p::text) OR (t.role::text IS NOT DISTINCT FROM p.role::text AND m.role::text IS DISTINCT FROM p.role::text));
-- column public.vr.p
--   if all rows of public.vr have a value of p
ALTER TABLE public.vr ALTER COLUMN p SET NOT NULL;
-- column public.vr.p
--   if all rows of public.vr have a value of p
ALTER TABLE public.vr ALTER COLUMN p SET NOT NULL;
-- column public.vr.role
--   if all rows of public.vr have a value of role
ALTER TABLE public.vr ALTER COLUMN role SET NOT NULL;
-- column public.vw.a
--   if all rows of public.vw have a value of a
ALTER TABLE public.vw ALTER COLUMN a SET NOT NULL;
-- constraint vr_pkey on public.vr
--   may clash: Values, at once None
ALTER TABLE public.vr ADD CONSTRAINT vr_pkey PRIMARY KEY (id);

-- tail:
-- table public.vr: analyze
ANALYZE public.vr;
-- table public.vw: analyze
ANALYZE public.vw;

-- rebuilt:
--   public.vr
--   public.vw

-- remade:
--   #pg_class:16411:0 table public.vr
--   #pg_class:16412:0 index public.vr_pkey
--   #pg_class:16414:0 table public.vw
--   #pg_constraint:16413:0 constraint vr_pkey on public.vr

-- parts:
--   column public.vr.id
--   column public.vr.p
--   column public.vr.role
--   column public.vr.z
--   column public.vw.a
--   column public.vw.b
--   constraint vr_pkey on public.vr
--   index public.vr_pkey
--   table public.vr
--   table public.vw

-- renumbered:
--   (#pg_type:16410:0, "type public.vrk")
--   (#pg_class:16411:0, "table public.vr")
--   (#pg_class:16411:1, "column public.vr.id")
--   (#pg_class:16411:2, "column public.vr.p")
--   (#pg_class:16411:3, "column public.vr.role")
--   (#pg_class:16411:4, "column public.vr.z")
--   (#pg_class:16412:0, "index public.vr_pkey")
--   (#pg_class:16414:0, "table public.vw")
--   (#pg_class:16414:1, "column public.vw.a")
--   (#pg_class:16414:2, "column public.vw.b")
--   (#pg_constraint:16413:0, "constraint vr_pkey on public.vr")

-- set aside:
--   SetAside { table: "public.vr", column: "kind", copy: "backout_undone_1.column_16411_5", count: "SELECT count(*) FROM public.vr WHERE kind IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "vr", column: Some("kind"), copy_schema: "backout_undone_1", copy: "column_16411_5", by: Key(["id"]), left: None }

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.vr t WHERE t.p IS NULL AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.p::text IS NOT DISTINCT FROM t.p::text AND p.z::text IS NOT DISTINCT FROM t.z::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text)) OR EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.p::text IS NOT DISTINCT FROM t.p::text) AND EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text AND m.p IS NOT NULL))", keys: Some("SELECT ROW(t.id)::text FROM public.vr t WHERE t.p IS NULL AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.p::text IS NOT DISTINCT FROM t.p::text AND p.z::text IS NOT DISTINCT FROM t.z::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text)) OR EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.p::text IS NOT DISTINCT FROM t.p::text) AND EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text AND m.p IS NOT NULL)) LIMIT 5"), object: "column public.vr.p", otherwise: "rows have no value for it: it stays nullable" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.vr t WHERE NOT EXISTS (SELECT FROM backout_archive_1.column_140145_3 c WHERE c.id::text = t.id::text) AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.p::text IS NOT DISTINCT FROM t.p::text AND p.z::text IS NOT DISTINCT FROM t.z::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text)) OR EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) p WHERE p.backout_new AND p.id::text = t.id::text) AND EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text AND m.role IS NOT NULL))", keys: Some("SELECT ROW(t.id)::text FROM public.vr t WHERE NOT EXISTS (SELECT FROM backout_archive_1.column_140145_3 c WHERE c.id::text = t.id::text) AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.p::text IS NOT DISTINCT FROM t.p::text AND p.z::text IS NOT DISTINCT FROM t.z::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text)) OR EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) p WHERE p.backout_new AND p.id::text = t.id::text) AND EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, role, z FROM backout_archive_1.rows_140145_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text AND m.role IS NOT NULL)) LIMIT 5"), object: "column public.vr.role", otherwise: "rows written since have no value for it: it stays nullable" }

-- needs values:
--   NeedsValues { table: "public.vr", column: "p", heirs: ["public.vr"], forced: false }
--   NeedsValues { table: "public.vr", column: "p", heirs: ["public.vr"], forced: false }
--   NeedsValues { table: "public.vr", column: "role", heirs: ["public.vr"], forced: false }
--   NeedsValues { table: "public.vw", column: "a", heirs: ["public.vw"], forced: false }
