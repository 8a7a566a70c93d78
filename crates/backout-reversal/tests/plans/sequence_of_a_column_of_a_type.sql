-- locks:
--   public.s, ACCESS EXCLUSIVE

-- steps:
-- sequence public.s_id_seq
ALTER SEQUENCE backout_archive_1."171173 s_id_seq" SET SCHEMA public;
-- sequence public.s_id_seq
ALTER SEQUENCE public."171173 s_id_seq" RENAME TO s_id_seq;
-- type public.st
CREATE TYPE public.st AS (x integer, y text);
-- table public.s
ALTER SEQUENCE public.s_id_seq OWNED BY NONE;
-- table public.s
ALTER TABLE public.s RENAME TO backout_rebuilt_16412;
-- table public.s
CREATE TABLE public.s (id integer NOT NULL, p public.st, q integer);
-- table public.s
INSERT INTO public.s (id, p, q) OVERRIDING SYSTEM VALUE SELECT t.id, w.p::text::public.st, t.q FROM (SELECT i.*, ROW(i.id, i.q)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id, i.q)::text) AS backout_place FROM ONLY public.backout_rebuilt_16412 i) t LEFT JOIN (SELECT i.*, ROW(i.id, i.q)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id, i.q)::text) AS backout_place FROM backout_archive_1.rows_171174 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.s.p
--   if all rows of public.s have a value of p
ALTER TABLE public.s ALTER COLUMN p SET NOT NULL;
-- table public.s
DROP TABLE public.backout_rebuilt_16412;
-- table public.s
ALTER SEQUENCE public.s_id_seq OWNED BY public.s.p;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.id, i.p::text::public.st, i.q)::text FROM backout_archive_1.rows_171174 i EXCEPT ALL SELECT ROW(i.id, i.p, i.q)::text FROM ONLY public.s i) d; forced None; otherwise rows of public.s were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_171174; if none None
-- default public.s.id
ALTER TABLE ONLY public.s ALTER COLUMN id SET DEFAULT nextval('public.s_id_seq'::regclass);
-- sequence public.s_id_seq
ALTER SEQUENCE public.s_id_seq OWNED BY public.s.p;

-- tail:
-- table public.s: analyze
ANALYZE public.s;

-- rebuilt:
--   public.s

-- remade:
--   #pg_class:16412:0 table public.s

-- parts:
--   column public.s.id
--   column public.s.p
--   column public.s.q
--   default public.s.id
--   table public.s

-- renumbered:
--   (#pg_type:16410:0, "type public.st")
--   (#pg_class:16411:0, "sequence public.s_id_seq")
--   (#pg_class:16412:0, "table public.s")
--   (#pg_class:16412:1, "column public.s.id")
--   (#pg_class:16412:2, "column public.s.p")
--   (#pg_class:16412:3, "column public.s.q")
--   (#pg_attrdef:16413:0, "default public.s.id")

-- needs values:
--   NeedsValues { table: "public.s", column: "p", heirs: ["public.s"], forced: false }
