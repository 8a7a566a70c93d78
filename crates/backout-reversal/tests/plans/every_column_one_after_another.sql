-- locks:
--   public.ec, ACCESS EXCLUSIVE

-- steps:
-- sequence public.ec_id_seq
ALTER SEQUENCE backout_archive_1."141314 ec_id_seq" SET SCHEMA public;
-- sequence public.ec_id_seq
ALTER SEQUENCE public."141314 ec_id_seq" RENAME TO ec_id_seq;
-- column public.ec.id
ALTER TABLE public.ec ADD COLUMN id integer;
-- column public.ec.b
ALTER TABLE public.ec ADD COLUMN b interval;
-- column public.ec.c
ALTER TABLE public.ec ADD COLUMN c text;
-- column public.ec.d
ALTER TABLE public.ec ADD COLUMN d date;
-- column public.ec.id
UPDATE ONLY public.ec u SET id = w.id, b = w.b, d = w.d FROM (SELECT i.ctid AS backout_at, ROW()::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW()::text) AS backout_place FROM ONLY public.ec i) t LEFT JOIN (SELECT i.*, ROW()::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW()::text) AS backout_place FROM backout_archive_1.rows_141315 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- column public.ec.c
UPDATE ONLY public.ec t SET c = c.backout_value FROM backout_archive_1.column_141315_3 c WHERE t.id = c.id;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.b, i.d, i.id)::text FROM backout_archive_1.rows_141315 i EXCEPT ALL SELECT ROW(i.b, i.d, i.id)::text FROM ONLY public.ec i) d; forced None; otherwise rows of public.ec were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_141315; if none None
-- column public.ec.id
UPDATE public.ec SET id = nextval('public.ec_id_seq'::regclass) WHERE id IS NULL;
-- column public.ec.id
ALTER TABLE public.ec ALTER COLUMN id SET NOT NULL;
-- default public.ec.id
ALTER TABLE ONLY public.ec ALTER COLUMN id SET DEFAULT nextval('public.ec_id_seq'::regclass);
-- constraint ec_pkey on public.ec
--   may clash: Values, at once None
ALTER TABLE public.ec ADD CONSTRAINT ec_pkey PRIMARY KEY (id);
-- constraint ec_c_key on public.ec
--   may clash: Values, at once None
ALTER TABLE public.ec ADD CONSTRAINT ec_c_key UNIQUE (c);
-- sequence public.ec_id_seq
ALTER SEQUENCE public.ec_id_seq OWNED BY public.ec.id;

-- parts:
--   column public.ec.b
--   column public.ec.c
--   column public.ec.d
--   column public.ec.id
--   constraint ec_c_key on public.ec
--   constraint ec_pkey on public.ec
--   default public.ec.id
--   index public.ec_c_key
--   index public.ec_pkey
--   table public.ec

-- renumbered:
--   (#pg_class:16410:0, "sequence public.ec_id_seq")
--   (#pg_class:16411:1, "column public.ec.id")
--   (#pg_class:16411:2, "column public.ec.b")
--   (#pg_class:16411:3, "column public.ec.c")
--   (#pg_class:16411:4, "column public.ec.d")
--   (#pg_class:16413:0, "index public.ec_pkey")
--   (#pg_class:16415:0, "index public.ec_c_key")
--   (#pg_attrdef:16412:0, "default public.ec.id")
--   (#pg_constraint:16414:0, "constraint ec_pkey on public.ec")
--   (#pg_constraint:16416:0, "constraint ec_c_key on public.ec")
