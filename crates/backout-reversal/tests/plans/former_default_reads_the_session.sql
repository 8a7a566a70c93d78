-- locks:
--   public.dr, ACCESS EXCLUSIVE

-- steps:
-- table public.dr
ALTER SEQUENCE public.dr_id_seq OWNED BY NONE;
-- table public.dr
ALTER TABLE public.dr RENAME TO backout_rebuilt_16412;
-- table public.dr
CREATE TABLE public.dr (id integer NOT NULL, c text, t text, v text);
-- table public.dr
INSERT INTO public.dr (id, c, t, v) OVERRIDING SYSTEM VALUE SELECT t.id, w.c, w.t, t.v FROM (SELECT i.*, ROW(i.id, i.v)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id, i.v)::text) AS backout_place FROM ONLY public.backout_rebuilt_16412 i) t LEFT JOIN (SELECT i.*, ROW(i.id, i.v)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.id, i.v)::text) AS backout_place FROM backout_archive_1.rows_59606 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.dr
DROP TABLE public.backout_rebuilt_16412;
-- table public.dr
ALTER SEQUENCE public.dr_id_seq OWNED BY public.dr.id;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.id, i.t, i.v)::text FROM backout_archive_1.rows_59606 i EXCEPT ALL SELECT ROW(i.id, i.t, i.v)::text FROM ONLY public.dr i) d; forced None; otherwise rows of public.dr were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_59606; if none None
-- default public.dr.id
ALTER TABLE ONLY public.dr ALTER COLUMN id SET DEFAULT nextval('public.dr_id_seq'::regclass);
-- default public.dr.c
ALTER TABLE ONLY public.dr ALTER COLUMN c SET DEFAULT ('x'::text || currval('public.ds'::regclass));
-- default public.dr.t
ALTER TABLE ONLY public.dr ALTER COLUMN t SET DEFAULT current_setting('app.tenant'::text);

-- tail:
-- table public.dr: analyze
ANALYZE public.dr;

-- rebuilt:
--   public.dr

-- remade:
--   #pg_class:16412:0 table public.dr
--   #pg_attrdef:16413:0 default public.dr.id

-- parts:
--   column public.dr.c
--   column public.dr.id
--   column public.dr.t
--   column public.dr.v
--   default public.dr.c
--   default public.dr.id
--   default public.dr.t
--   table public.dr

-- renumbered:
--   (#pg_class:16412:0, "table public.dr")
--   (#pg_class:16412:1, "column public.dr.id")
--   (#pg_class:16412:2, "column public.dr.c")
--   (#pg_class:16412:3, "column public.dr.t")
--   (#pg_class:16412:4, "column public.dr.v")
--   (#pg_attrdef:16413:0, "default public.dr.id")
--   (#pg_attrdef:16414:0, "default public.dr.c")
--   (#pg_attrdef:16415:0, "default public.dr.t")
