-- locks:
--   public.kz, ACCESS EXCLUSIVE

-- steps:
-- column public.kz.a
ALTER TABLE public.kz ADD COLUMN a text;
-- column public.kz.b
ALTER TABLE public.kz ADD COLUMN b character varying(9);
-- column public.kz.b
UPDATE ONLY public.kz u SET b = w.b FROM (SELECT i.ctid AS backout_at, ROW(i.id)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id)::text) AS backout_place FROM ONLY public.kz i) t LEFT JOIN (SELECT i.*, ROW(i.id)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id)::text) AS backout_place FROM backout_archive_1.rows_117445 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- column public.kz.a
UPDATE ONLY public.kz t SET a = c.backout_value FROM backout_archive_1.column_117445_2 c WHERE t.id = c.id AND t.b = c.b;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.b, i.id)::text FROM backout_archive_1.rows_117445 i EXCEPT ALL SELECT ROW(i.b, i.id)::text FROM ONLY public.kz i) d; forced None; otherwise rows of public.kz were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_117445; if none None
-- column public.kz.b
--   if all rows of public.kz have a value of b
ALTER TABLE public.kz ALTER COLUMN b SET NOT NULL;
-- constraint kz_pkey on public.kz
--   may clash: Values, at once None
ALTER TABLE public.kz ADD CONSTRAINT kz_pkey PRIMARY KEY (id, b);

-- parts:
--   column public.kz.a
--   column public.kz.b
--   column public.kz.id
--   constraint kz_pkey on public.kz
--   index public.kz_pkey
--   table public.kz

-- renumbered:
--   (#pg_class:16410:2, "column public.kz.a")
--   (#pg_class:16410:3, "column public.kz.b")
--   (#pg_class:16411:0, "index public.kz_pkey")
--   (#pg_constraint:16412:0, "constraint kz_pkey on public.kz")

-- needs values:
--   NeedsValues { table: "public.kz", column: "b", heirs: ["public.kz"], forced: false }
