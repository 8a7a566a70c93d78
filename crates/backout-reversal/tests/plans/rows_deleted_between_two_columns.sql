-- locks:
--   public.rd, ACCESS EXCLUSIVE

-- steps:
-- sequence public.rd_id_seq
ALTER SEQUENCE backout_archive_1."116487 rd_id_seq" SET SCHEMA public;
-- sequence public.rd_id_seq
ALTER SEQUENCE public."116487 rd_id_seq" RENAME TO rd_id_seq;
-- table public.rd
ALTER SEQUENCE public.rd_id_seq OWNED BY NONE;
-- table public.rd
ALTER TABLE public.rd RENAME TO backout_rebuilt_16411;
-- table public.rd
CREATE TABLE public.rd (id integer, a text, b text);
-- table public.rd
INSERT INTO public.rd (id, a, b) OVERRIDING SYSTEM VALUE SELECT coalesce(w.id, (nextval('public.rd_id_seq'::regclass))::integer), c2.backout_value, t.b FROM (SELECT i.*, ROW(i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.b)::text) AS backout_place FROM ONLY public.backout_rebuilt_16411 i) t LEFT JOIN (SELECT i.*, ROW(i.b)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.b)::text) AS backout_place FROM backout_archive_1.rows_116488 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place LEFT JOIN backout_archive_1.column_116488_2 c2 ON c2.id = w.id;
-- column public.rd.id
ALTER TABLE public.rd ALTER COLUMN id SET NOT NULL;
-- table public.rd
DROP TABLE public.backout_rebuilt_16411;
-- table public.rd
ALTER SEQUENCE public.rd_id_seq OWNED BY public.rd.id;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.b, i.id)::text FROM backout_archive_1.rows_116488 i EXCEPT ALL SELECT ROW(i.b, i.id)::text FROM ONLY public.rd i) d; forced None; otherwise rows of public.rd were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_116488; if none None
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.rd
--   expected: 4 rows, otherwise rows that the migration took out of table public.rd did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.rd (id, b, a) OVERRIDING SYSTEM VALUE SELECT m.id, m.b, c2.backout_value FROM (SELECT i.* FROM backout_archive_1.rows_116488_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_116488_1 o WHERE o.backout_new AND o.id = i.id)) m LEFT JOIN backout_archive_1.column_116488_2 c2 ON c2.id = m.id WHERE NOT EXISTS (SELECT FROM ONLY public.rd t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- default public.rd.id
ALTER TABLE ONLY public.rd ALTER COLUMN id SET DEFAULT nextval('public.rd_id_seq'::regclass);
-- constraint rd_pkey on public.rd
--   may clash: Values, at once None
ALTER TABLE public.rd ADD CONSTRAINT rd_pkey PRIMARY KEY (id);
-- sequence public.rd_id_seq
ALTER SEQUENCE public.rd_id_seq OWNED BY public.rd.id;

-- tail:
-- table public.rd: analyze
ANALYZE public.rd;

-- rebuilt:
--   public.rd

-- remade:
--   #pg_class:16411:0 table public.rd

-- parts:
--   column public.rd.a
--   column public.rd.b
--   column public.rd.id
--   constraint rd_pkey on public.rd
--   default public.rd.id
--   index public.rd_pkey
--   table public.rd

-- renumbered:
--   (#pg_class:16410:0, "sequence public.rd_id_seq")
--   (#pg_class:16411:0, "table public.rd")
--   (#pg_class:16411:1, "column public.rd.id")
--   (#pg_class:16411:2, "column public.rd.a")
--   (#pg_class:16411:3, "column public.rd.b")
--   (#pg_class:16413:0, "index public.rd_pkey")
--   (#pg_attrdef:16412:0, "default public.rd.id")
--   (#pg_constraint:16414:0, "constraint rd_pkey on public.rd")
