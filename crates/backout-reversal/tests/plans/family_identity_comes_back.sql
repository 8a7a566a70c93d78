-- locks:
--   public.fi, ACCESS EXCLUSIVE
--   public.fj, ACCESS EXCLUSIVE

-- steps:
-- column public.fi.id
ALTER TABLE public.fi ADD COLUMN id bigint;
-- column public.fi.id
UPDATE ONLY public.fi u SET id = w.id FROM (SELECT i.ctid AS backout_at, ROW(i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n)::text) AS backout_place FROM ONLY public.fi i) t LEFT JOIN (SELECT i.*, ROW(i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n)::text) AS backout_place FROM backout_archive_1.rows_45742 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- column public.fj.id
UPDATE ONLY public.fj u SET id = w.id FROM (SELECT i.ctid AS backout_at, ROW(i.n, i.k)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n, i.k)::text) AS backout_place FROM ONLY public.fj i) t LEFT JOIN (SELECT i.*, ROW(i.n, i.k)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n, i.k)::text) AS backout_place FROM backout_archive_1.rows_45747 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.id, i.n)::text FROM backout_archive_1.rows_45742 i EXCEPT ALL SELECT ROW(i.id, i.n)::text FROM ONLY public.fi i) d; forced None; otherwise rows of public.fi were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_45742; if none None
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.id, i.k, i.n)::text FROM backout_archive_1.rows_45747 i EXCEPT ALL SELECT ROW(i.id, i.k, i.n)::text FROM ONLY public.fj i) d; forced None; otherwise rows of public.fj were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_45747; if none None
-- column public.fi.id
UPDATE public.fi u SET id = n.backout_number FROM (SELECT tableoid AS backout_in, ctid AS backout_at, 2 + 1 * (pg_catalog.row_number() OVER (PARTITION BY id IS NULL)) AS backout_number FROM public.fi) n WHERE u.tableoid = n.backout_in AND u.ctid = n.backout_at AND u.id IS NULL;
-- column public.fi.id
ALTER TABLE public.fi ALTER COLUMN id SET NOT NULL;
-- column public.fi.id
ALTER TABLE public.fi ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.fi_id_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);
-- constraint fi_pkey on public.fi
--   may clash: Values, at once None
ALTER TABLE public.fi ADD CONSTRAINT fi_pkey PRIMARY KEY (id);
-- sequence public.fi_id_seq
SELECT CASE WHEN m.top > 2 THEN pg_catalog.setval('public.fi_id_seq', m.top, true) ELSE pg_catalog.setval('public.fi_id_seq', 2, true) END FROM (SELECT max(id) AS top FROM public.fi) m;

-- column order:
--   public.fi
--   public.fj

-- column order, why:
--   ("public.fi", "others inherit from it")
--   ("public.fj", "it inherits, and its parent has its columns in another order then")

-- parts:
--   column public.fi.id
--   column public.fi.n
--   column public.fj.id
--   column public.fj.k
--   column public.fj.n
--   constraint fi_pkey on public.fi
--   index public.fi_pkey
--   table public.fi
--   table public.fj

-- renumbered:
--   (#pg_class:16410:0, "sequence public.fi_id_seq")
--   (#pg_class:16411:1, "column public.fi.id")
--   (#pg_class:16412:0, "index public.fi_pkey")
--   (#pg_class:16414:1, "column public.fj.id")
--   (#pg_constraint:16413:0, "constraint fi_pkey on public.fi")
