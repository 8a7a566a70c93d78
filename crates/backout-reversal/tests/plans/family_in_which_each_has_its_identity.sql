-- locks:
--   public.fk, ACCESS EXCLUSIVE
--   public.fl, ACCESS EXCLUSIVE

-- steps:
-- constraint fl_n_key on public.fl
ALTER TABLE public.fl DROP CONSTRAINT IF EXISTS fl_n_key CASCADE;
-- constraint fl_pkey on public.fl
ALTER TABLE public.fl DROP CONSTRAINT IF EXISTS fl_pkey CASCADE;
-- column public.fk.id
ALTER TABLE public.fk ADD COLUMN id bigint;
-- column public.fk.a
ALTER TABLE public.fk ADD COLUMN a text;
-- table public.fl
ALTER SEQUENCE public.fl_id_seq RENAME TO backout_rebuilt_16414;
-- table public.fl
ALTER TABLE public.fl RENAME TO backout_rebuilt_16415;
-- table public.fl
CREATE TABLE public.fl (id bigint NOT NULL, n integer) INHERITS (public.fk);
-- table public.fl
ALTER TABLE public.fl ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.fl_id_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);
-- table public.fl
INSERT INTO public.fl (id, a, n) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.n FROM ONLY public.backout_rebuilt_16415 t LEFT JOIN backout_archive_1.column_46576_2 c2 ON c2.id = t.id;
-- table public.fl
SELECT pg_catalog.setval('public.fl_id_seq', s.last_value, s.is_called) FROM public.backout_rebuilt_16414 s;
-- table public.fl
DROP TABLE public.backout_rebuilt_16415;
-- column public.fk.id
UPDATE ONLY public.fk u SET id = w.id, a = w.a FROM (SELECT i.ctid AS backout_at, ROW()::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW()::text) AS backout_place FROM ONLY public.fk i) t LEFT JOIN (SELECT i.*, ROW()::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW()::text) AS backout_place FROM backout_archive_1.rows_46566 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.id)::text FROM backout_archive_1.rows_46566 i EXCEPT ALL SELECT ROW(i.a, i.id)::text FROM ONLY public.fk i) d; forced None; otherwise rows of public.fk were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_46566; if none None
-- column public.fk.id
UPDATE public.fk u SET id = n.backout_number FROM (SELECT tableoid AS backout_in, ctid AS backout_at, 1 + 1 * (pg_catalog.row_number() OVER (PARTITION BY id IS NULL)) AS backout_number FROM public.fk) n WHERE u.tableoid = n.backout_in AND u.ctid = n.backout_at AND u.id IS NULL;
-- column public.fk.id
ALTER TABLE public.fk ALTER COLUMN id SET NOT NULL;
-- column public.fk.id
ALTER TABLE public.fk ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.fk_id_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);
-- constraint fk_pkey on public.fk
--   may clash: Values, at once None
ALTER TABLE public.fk ADD CONSTRAINT fk_pkey PRIMARY KEY (id);
-- constraint fl_pkey on public.fl
--   may clash: Values, at once None
ALTER TABLE public.fl ADD CONSTRAINT fl_pkey PRIMARY KEY (id);
-- constraint fl_n_key on public.fl
--   may clash: Values, at once None
ALTER TABLE public.fl ADD CONSTRAINT fl_n_key UNIQUE (n);
-- sequence public.fk_id_seq
SELECT CASE WHEN m.top > 1 THEN pg_catalog.setval('public.fk_id_seq', m.top, true) ELSE pg_catalog.setval('public.fk_id_seq', 1, true) END FROM (SELECT max(id) AS top FROM public.fk) m;

-- tail:
-- table public.fl: analyze
ANALYZE public.fl;

-- rebuilt:
--   public.fl

-- remade:
--   #pg_class:16415:0 table public.fl
--   #pg_class:16416:0 index public.fl_pkey
--   #pg_class:16418:0 index public.fl_n_key
--   #pg_constraint:16417:0 constraint fl_pkey on public.fl
--   #pg_constraint:16419:0 constraint fl_n_key on public.fl

-- parts:
--   column public.fk.a
--   column public.fk.id
--   column public.fl.a
--   column public.fl.id
--   column public.fl.n
--   constraint fk_pkey on public.fk
--   constraint fl_n_key on public.fl
--   constraint fl_pkey on public.fl
--   index public.fk_pkey
--   index public.fl_n_key
--   index public.fl_pkey
--   table public.fk
--   table public.fl

-- renumbered:
--   (#pg_class:16410:0, "sequence public.fk_id_seq")
--   (#pg_class:16411:1, "column public.fk.id")
--   (#pg_class:16411:2, "column public.fk.a")
--   (#pg_class:16412:0, "index public.fk_pkey")
--   (#pg_class:16415:0, "table public.fl")
--   (#pg_class:16415:1, "column public.fl.id")
--   (#pg_class:16415:2, "column public.fl.a")
--   (#pg_class:16415:3, "column public.fl.n")
--   (#pg_class:16416:0, "index public.fl_pkey")
--   (#pg_class:16418:0, "index public.fl_n_key")
--   (#pg_constraint:16413:0, "constraint fk_pkey on public.fk")
--   (#pg_constraint:16417:0, "constraint fl_pkey on public.fl")
--   (#pg_constraint:16419:0, "constraint fl_n_key on public.fl")
