-- locks:
--   public.rk, ACCESS EXCLUSIVE
--   public.rl, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.rl.id
CREATE TABLE backout_undone_1.column_16410_4 (p integer, u integer, at integer, backout_value bigint, backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- table public.rk
CREATE TABLE backout_archive_1.rows_22505_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.k, s.v FROM (SELECT i.*, ROW(i.k, i.v)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_22505_1 i WINDOW w AS (PARTITION BY ROW(i.k, i.v)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- column public.rl.id
INSERT INTO backout_undone_1.column_16410_4 (p, u, at, backout_value) SELECT p, u, at, id FROM public.rl WHERE id IS NOT NULL;
-- what the migration added
ALTER TABLE public.rl DROP CONSTRAINT IF EXISTS rl_p_u_key CASCADE;
-- what the migration added
ALTER TABLE public.rl DROP COLUMN IF EXISTS id CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.rk
--   expected: 4 rows, otherwise rows that the migration left in table public.rk were changed or deleted since, and no key tells which they were: both stay
DELETE FROM ONLY public.rk d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.k, t.v)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.k, t.v)::text) AS n FROM ONLY public.rk t) c, (SELECT ROW(i.k, i.v)::text AS text, i.backout_count FROM backout_archive_1.rows_22505_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.rk
--   expected: 3 rows, otherwise rows that the migration took out of table public.rk did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.rk (k, v) OVERRIDING SYSTEM VALUE SELECT m.k, m.v FROM (SELECT i.* FROM backout_archive_1.rows_22505_1_sum i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m ON CONFLICT DO NOTHING;
-- table public.rl
--   expected: 3 rows, otherwise rows that the migration took out of table public.rl did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.rl (p, u, at) OVERRIDING SYSTEM VALUE SELECT m.p, m.u, m.at FROM (SELECT i.* FROM backout_archive_1.rows_22500_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_22500_1 o WHERE o.backout_new AND o.p = i.p AND o.u = i.u)) m WHERE NOT EXISTS (SELECT FROM ONLY public.rl t WHERE t.p = m.p AND t.u = m.u) ON CONFLICT DO NOTHING;
-- table public.rl
--   expected: 0 rows, otherwise rows that the migration put into table public.rl stay: they were changed since, or others refer to them
DELETE FROM ONLY public.rl t USING (SELECT i.* FROM backout_archive_1.rows_22500_1 i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_22500_1 o WHERE NOT o.backout_new AND o.p = i.p AND o.u = i.u)) p WHERE t.p = p.p AND t.u = p.u AND ROW(t.p, t.u, t.at)::text = ROW(p.p, p.u, p.at)::text;
-- table public.rl
--   expected: 3 rows, otherwise rows that the migration put into table public.rl stay: they were changed since, or others refer to them
DELETE FROM ONLY public.rl d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.p, t.u, t.at)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.p, t.u, t.at)::text) AS n FROM ONLY public.rl t WHERE (t.p IS NULL OR t.u IS NULL)) c, (SELECT ROW(i.p, i.u, i.at)::text AS text, count(*) AS n FROM backout_archive_1.rows_22500_1 i WHERE i.backout_new AND (i.p IS NULL OR i.u IS NULL) GROUP BY 1) p WHERE p.text = c.text AND c.n <= p.n AND d.tableoid = c.place AND d.ctid = c.row;
-- column public.rl.u
--   if all rows of public.rl have a value of u
ALTER TABLE public.rl ALTER COLUMN u SET NOT NULL;
-- column public.rk.k
--   if all rows of public.rk have a value of k
ALTER TABLE public.rk ALTER COLUMN k SET NOT NULL;
-- constraint rl_pkey on public.rl
--   may clash: Values, at once None
ALTER TABLE public.rl ADD CONSTRAINT rl_pkey PRIMARY KEY (p, u);
-- constraint rk_pkey on public.rk
--   may clash: Values, at once None
ALTER TABLE public.rk ADD CONSTRAINT rk_pkey PRIMARY KEY (k);

-- parts:
--   column public.rk.k
--   column public.rk.v
--   column public.rl.at
--   column public.rl.p
--   column public.rl.u
--   constraint rk_pkey on public.rk
--   constraint rl_pkey on public.rl
--   index public.rk_pkey
--   index public.rl_pkey
--   table public.rk
--   table public.rl

-- renumbered:
--   (#pg_class:16410:2, "column public.rl.u")
--   (#pg_class:16411:0, "index public.rl_pkey")
--   (#pg_class:16413:1, "column public.rk.k")
--   (#pg_class:16414:0, "index public.rk_pkey")
--   (#pg_constraint:16412:0, "constraint rl_pkey on public.rl")
--   (#pg_constraint:16415:0, "constraint rk_pkey on public.rk")

-- set aside:
--   SetAside { table: "public.rl", column: "id", copy: "backout_undone_1.column_16410_4", count: "SELECT count(*) FROM public.rl WHERE id IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "rl", column: Some("id"), copy_schema: "backout_undone_1", copy: "column_16410_4", by: Place(["p", "u", "at"]), left: None }

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.rl t WHERE t.u IS NULL AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, p, u, at FROM backout_archive_1.rows_22500_1) p WHERE p.backout_new AND p.p::text = t.p::text AND p.u::text = t.u::text AND p.p::text IS NOT DISTINCT FROM t.p::text AND p.u::text IS NOT DISTINCT FROM t.u::text AND p.at::text IS NOT DISTINCT FROM t.at::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, p, u, at FROM backout_archive_1.rows_22500_1) m WHERE NOT m.backout_new AND m.p::text = t.p::text AND m.u::text = t.u::text)))", keys: Some("SELECT ROW(t.id)::text FROM public.rl t WHERE t.u IS NULL AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, p, u, at FROM backout_archive_1.rows_22500_1) p WHERE p.backout_new AND p.p::text = t.p::text AND p.u::text = t.u::text AND p.p::text IS NOT DISTINCT FROM t.p::text AND p.u::text IS NOT DISTINCT FROM t.u::text AND p.at::text IS NOT DISTINCT FROM t.at::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, p, u, at FROM backout_archive_1.rows_22500_1) m WHERE NOT m.backout_new AND m.p::text = t.p::text AND m.u::text = t.u::text))) LIMIT 5"), object: "column public.rl.u", otherwise: "rows have no value for it: it stays nullable" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.rk t WHERE t.k IS NULL", keys: None, object: "column public.rk.k", otherwise: "rows have no value for it: it stays nullable" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.rl t WHERE t.p IS NOT NULL AND t.u IS NOT NULL AND (t.p, t.u) IN (SELECT r.p, r.u FROM public.rl r GROUP BY r.p, r.u HAVING count(*) > 1) AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, p, u, at FROM backout_archive_1.rows_22500_1) p WHERE p.backout_new AND p.p::text = t.p::text AND p.u::text = t.u::text AND p.p::text IS NOT DISTINCT FROM t.p::text AND p.u::text IS NOT DISTINCT FROM t.u::text AND p.at::text IS NOT DISTINCT FROM t.at::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, p, u, at FROM backout_archive_1.rows_22500_1) m WHERE NOT m.backout_new AND m.p::text = t.p::text AND m.u::text = t.u::text)))", keys: Some("SELECT ROW(t.id)::text FROM public.rl t WHERE t.p IS NOT NULL AND t.u IS NOT NULL AND (t.p, t.u) IN (SELECT r.p, r.u FROM public.rl r GROUP BY r.p, r.u HAVING count(*) > 1) AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, p, u, at FROM backout_archive_1.rows_22500_1) p WHERE p.backout_new AND p.p::text = t.p::text AND p.u::text = t.u::text AND p.p::text IS NOT DISTINCT FROM t.p::text AND p.u::text IS NOT DISTINCT FROM t.u::text AND p.at::text IS NOT DISTINCT FROM t.at::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, p, u, at FROM backout_archive_1.rows_22500_1) m WHERE NOT m.backout_new AND m.p::text = t.p::text AND m.u::text = t.u::text))) LIMIT 5"), object: "constraint rl_pkey on public.rl", otherwise: "rows repeat a value of it: it stays away" }
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.rk t WHERE t.k IS NOT NULL AND (t.k) IN (SELECT r.k FROM public.rk r GROUP BY r.k HAVING count(*) > 1)", keys: None, object: "constraint rk_pkey on public.rk", otherwise: "rows repeat a value of it: it stays away" }

-- needs values:
--   NeedsValues { table: "public.rl", column: "u", heirs: ["public.rl"], forced: false }
--   NeedsValues { table: "public.rk", column: "k", heirs: ["public.rk"], forced: false }
