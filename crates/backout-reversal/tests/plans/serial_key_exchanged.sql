-- locks:
--   public.d, ACCESS EXCLUSIVE

-- steps:
-- constraint d_pkey on public.d
ALTER TABLE public.d DROP CONSTRAINT IF EXISTS d_pkey CASCADE;
-- sequence public.d_id_seq
ALTER SEQUENCE backout_archive_1."77788 d_id_seq" SET SCHEMA public;
-- sequence public.d_id_seq
ALTER SEQUENCE public."77788 d_id_seq" RENAME TO d_id_seq;
-- table public.d
ALTER SEQUENCE public.d_id_seq OWNED BY NONE;
-- table public.d
ALTER TABLE public.d RENAME TO backout_rebuilt_16411;
-- table public.d
CREATE TABLE public.d (id integer, a integer NOT NULL);
-- table public.d
INSERT INTO public.d (id, a) OVERRIDING SYSTEM VALUE SELECT coalesce(w.id, (nextval('public.d_id_seq'::regclass))::integer), t.a FROM (SELECT i.*, ROW(i.a)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a)::text) AS backout_place FROM ONLY public.backout_rebuilt_16411 i) t LEFT JOIN (SELECT i.*, ROW(i.a)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a)::text) AS backout_place FROM backout_archive_1.rows_77789 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.d.id
ALTER TABLE public.d ALTER COLUMN id SET NOT NULL;
-- table public.d
DROP TABLE public.backout_rebuilt_16411;
-- table public.d
ALTER SEQUENCE public.d_id_seq OWNED BY public.d.id;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.id)::text FROM backout_archive_1.rows_77789 i EXCEPT ALL SELECT ROW(i.a, i.id)::text FROM ONLY public.d i) d; forced None; otherwise rows of public.d were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_77789; if none None
-- default public.d.id
ALTER TABLE ONLY public.d ALTER COLUMN id SET DEFAULT nextval('public.d_id_seq'::regclass);
-- constraint d_pkey on public.d
--   may clash: Values, at once None
ALTER TABLE public.d ADD CONSTRAINT d_pkey PRIMARY KEY (id);
-- index public.d_a
--   may clash: Values, at once None
CREATE UNIQUE INDEX d_a ON public.d USING btree (a);
-- sequence public.d_id_seq
ALTER SEQUENCE public.d_id_seq OWNED BY public.d.id;

-- tail:
-- table public.d: analyze
ANALYZE public.d;

-- rebuilt:
--   public.d

-- remade:
--   #pg_class:16411:0 table public.d
--   #pg_class:16415:0 index public.d_a

-- parts:
--   column public.d.a
--   column public.d.id
--   constraint d_pkey on public.d
--   default public.d.id
--   index public.d_a
--   index public.d_pkey
--   table public.d

-- renumbered:
--   (#pg_class:16410:0, "sequence public.d_id_seq")
--   (#pg_class:16411:0, "table public.d")
--   (#pg_class:16411:1, "column public.d.id")
--   (#pg_class:16411:2, "column public.d.a")
--   (#pg_class:16413:0, "index public.d_pkey")
--   (#pg_class:16415:0, "index public.d_a")
--   (#pg_attrdef:16412:0, "default public.d.id")
--   (#pg_constraint:16414:0, "constraint d_pkey on public.d")
