-- locks:
--   public.st, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
DROP INDEX IF EXISTS public.st_n CASCADE;
-- what the migration added
ALTER TABLE public.st DROP CONSTRAINT IF EXISTS st_p_n_key CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.st
--   expected: 9 rows, otherwise rows of table public.st were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.st t SET n = m.n FROM backout_archive_1.rows_70012_1 m JOIN backout_archive_1.rows_70012_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.n::text IS NOT DISTINCT FROM p.n::text OR t.n::text IS NOT DISTINCT FROM m.n::text);
-- table public.st
--   only after a shortfall
UPDATE ONLY public.st t SET n = CASE WHEN t.n::text IS NOT DISTINCT FROM p.n::text THEN m.n ELSE t.n END FROM backout_archive_1.rows_70012_1 m JOIN backout_archive_1.rows_70012_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.n::text IS NOT DISTINCT FROM p.n::text AND m.n::text IS DISTINCT FROM p.n::text));
-- constraint st_p_n_key on public.st
--   may clash: Values, at once None
ALTER TABLE public.st ADD CONSTRAINT st_p_n_key UNIQUE (p, n);
-- index public.st_n
--   may clash: Values, at once None
CREATE UNIQUE INDEX st_n ON public.st USING btree (n);

-- parts:
--   column public.st.id
--   column public.st.n
--   column public.st.p
--   constraint st_p_n_key on public.st
--   constraint st_pkey on public.st
--   index public.st_n
--   index public.st_p_n_key
--   index public.st_pkey
--   table public.st

-- renumbered:
--   (#pg_class:16413:0, "index public.st_p_n_key")
--   (#pg_class:16415:0, "index public.st_n")
--   (#pg_constraint:16414:0, "constraint st_p_n_key on public.st")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.st t WHERE t.p IS NOT NULL AND t.n IS NOT NULL AND (t.p, t.n) IN (SELECT r.p, r.n FROM public.st r GROUP BY r.p, r.n HAVING count(*) > 1) AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, n FROM backout_archive_1.rows_70012_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.p::text IS NOT DISTINCT FROM t.p::text AND p.n::text IS NOT DISTINCT FROM t.n::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, n FROM backout_archive_1.rows_70012_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text)))", keys: Some("SELECT ROW(t.id)::text FROM public.st t WHERE t.p IS NOT NULL AND t.n IS NOT NULL AND (t.p, t.n) IN (SELECT r.p, r.n FROM public.st r GROUP BY r.p, r.n HAVING count(*) > 1) AND NOT (EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, n FROM backout_archive_1.rows_70012_1) p WHERE p.backout_new AND p.id::text = t.id::text AND p.id::text IS NOT DISTINCT FROM t.id::text AND p.p::text IS NOT DISTINCT FROM t.p::text AND p.n::text IS NOT DISTINCT FROM t.n::text AND NOT EXISTS (SELECT FROM (SELECT backout_new, 1::bigint AS backout_count, id, p, n FROM backout_archive_1.rows_70012_1) m WHERE NOT m.backout_new AND m.id::text = t.id::text))) LIMIT 5"), object: "constraint st_p_n_key on public.st", otherwise: "rows repeat a value of it: it stays away" }
