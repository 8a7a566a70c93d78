-- locks:
--   public.ik, ACCESS EXCLUSIVE

-- steps:
-- constraint ik_pkey on public.ik
ALTER TABLE public.ik DROP CONSTRAINT IF EXISTS ik_pkey CASCADE;
-- sequence public.ik_s_seq
ALTER SEQUENCE backout_archive_1."55034 ik_s_seq" SET SCHEMA public;
-- sequence public.ik_s_seq
ALTER SEQUENCE public."55034 ik_s_seq" RENAME TO ik_s_seq;
-- table public.ik
ALTER SEQUENCE public.ik_s_seq OWNED BY NONE;
-- table public.ik
ALTER TABLE public.ik RENAME TO backout_rebuilt_16412;
-- table public.ik
CREATE TABLE public.ik (id bigint, u uuid NOT NULL, s integer, t text);
-- table public.ik
INSERT INTO public.ik (id, u, s, t) OVERRIDING SYSTEM VALUE SELECT coalesce(c1.backout_value, 9 + 1 * (pg_catalog.row_number() OVER (PARTITION BY c1.backout_value IS NULL))), t.u, coalesce(c3.backout_value, (nextval('public.ik_s_seq'::regclass))::integer), t.t FROM ONLY public.backout_rebuilt_16412 t LEFT JOIN backout_archive_1.column_55035_1 c1 ON c1.u = t.u LEFT JOIN backout_archive_1.column_55035_3 c3 ON c3.u = t.u;
-- column public.ik.id
ALTER TABLE public.ik ALTER COLUMN id SET NOT NULL;
-- column public.ik.id
ALTER TABLE public.ik ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.ik_id_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);
-- column public.ik.s
ALTER TABLE public.ik ALTER COLUMN s SET NOT NULL;
-- table public.ik
DROP TABLE public.backout_rebuilt_16412;
-- table public.ik
ALTER SEQUENCE public.ik_s_seq OWNED BY public.ik.s;
-- default public.ik.u
ALTER TABLE ONLY public.ik ALTER COLUMN u SET DEFAULT gen_random_uuid();
-- default public.ik.s
ALTER TABLE ONLY public.ik ALTER COLUMN s SET DEFAULT nextval('public.ik_s_seq'::regclass);
-- constraint ik_pkey on public.ik
--   may clash: Values, at once None
ALTER TABLE public.ik ADD CONSTRAINT ik_pkey PRIMARY KEY (u);
-- sequence public.ik_s_seq
ALTER SEQUENCE public.ik_s_seq OWNED BY public.ik.s;
-- sequence public.ik_id_seq
SELECT CASE WHEN m.top > 9 THEN pg_catalog.setval('public.ik_id_seq', m.top, true) ELSE pg_catalog.setval('public.ik_id_seq', 9, true) END FROM (SELECT max(id) AS top FROM public.ik) m;

-- tail:
-- table public.ik: analyze
ANALYZE public.ik;

-- rebuilt:
--   public.ik

-- remade:
--   #pg_class:16412:0 table public.ik
--   #pg_class:16415:0 index public.ik_pkey
--   #pg_attrdef:16413:0 default public.ik.u
--   #pg_constraint:16416:0 constraint ik_pkey on public.ik

-- parts:
--   column public.ik.id
--   column public.ik.s
--   column public.ik.t
--   column public.ik.u
--   constraint ik_pkey on public.ik
--   default public.ik.s
--   default public.ik.u
--   index public.ik_pkey
--   table public.ik

-- renumbered:
--   (#pg_class:16410:0, "sequence public.ik_id_seq")
--   (#pg_class:16411:0, "sequence public.ik_s_seq")
--   (#pg_class:16412:0, "table public.ik")
--   (#pg_class:16412:1, "column public.ik.id")
--   (#pg_class:16412:2, "column public.ik.u")
--   (#pg_class:16412:3, "column public.ik.s")
--   (#pg_class:16412:4, "column public.ik.t")
--   (#pg_class:16415:0, "index public.ik_pkey")
--   (#pg_attrdef:16413:0, "default public.ik.u")
--   (#pg_attrdef:16414:0, "default public.ik.s")
--   (#pg_constraint:16416:0, "constraint ik_pkey on public.ik")
