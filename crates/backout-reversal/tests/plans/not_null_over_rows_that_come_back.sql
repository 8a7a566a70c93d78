-- locks:
--   public.nn, ACCESS EXCLUSIVE

-- steps:
-- column public.nn.z
ALTER TABLE public.nn ALTER COLUMN z DROP IDENTITY;
-- column public.nn.z
ALTER TABLE public.nn ALTER COLUMN z DROP NOT NULL;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.nn
--   expected: 1 rows, otherwise rows of table public.nn were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.nn t SET k = m.k FROM backout_archive_1.rows_70827_1 m JOIN backout_archive_1.rows_70827_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.k::text IS NOT DISTINCT FROM p.k::text OR t.k::text IS NOT DISTINCT FROM m.k::text);
-- table public.nn
--   only after a shortfall
UPDATE ONLY public.nn t SET k = CASE WHEN t.k::text IS NOT DISTINCT FROM p.k::text THEN m.k ELSE t.k END FROM backout_archive_1.rows_70827_1 m JOIN backout_archive_1.rows_70827_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.k::text IS NOT DISTINCT FROM p.k::text AND m.k::text IS DISTINCT FROM p.k::text));
-- column public.nn.k
--   if all rows of public.nn have a value of k
ALTER TABLE public.nn ALTER COLUMN k SET NOT NULL;

-- parts:
--   column public.nn.id
--   column public.nn.k
--   column public.nn.z
--   constraint nn_pkey on public.nn
--   index public.nn_pkey
--   table public.nn

-- renumbered:
--   (#pg_class:16410:2, "column public.nn.k")
--   (#pg_class:16410:3, "column public.nn.z")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.nn t WHERE t.k IS NULL AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, k, z FROM backout_archive_1.rows_70827_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.k::text IS NOT DISTINCT FROM t.k::text AND p.z::text IS NOT DISTINCT FROM t.z::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, k, z FROM backout_archive_1.rows_70827_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text)) OR EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, k, z FROM backout_archive_1.rows_70827_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.k::text IS NOT DISTINCT FROM t.k::text) AND EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, k, z FROM backout_archive_1.rows_70827_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text AND m.k IS NOT NULL))", keys: Some("SELECT ROW(t.id)::text FROM public.nn t WHERE t.k IS NULL AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, k, z FROM backout_archive_1.rows_70827_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.k::text IS NOT DISTINCT FROM t.k::text AND p.z::text IS NOT DISTINCT FROM t.z::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, k, z FROM backout_archive_1.rows_70827_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text)) OR EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, k, z FROM backout_archive_1.rows_70827_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.k::text IS NOT DISTINCT FROM t.k::text) AND EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, k, z FROM backout_archive_1.rows_70827_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text AND m.k IS NOT NULL)) LIMIT 5"), object: "column public.nn.k", otherwise: "rows have no value for it: it stays nullable" }

-- needs values:
--   NeedsValues { table: "public.nn", column: "k", heirs: ["public.nn"], forced: false }
