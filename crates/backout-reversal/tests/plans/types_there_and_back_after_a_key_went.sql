-- locks:
--   public.tb, ACCESS EXCLUSIVE

-- before the locks:
-- column public.tb.n
CREATE INDEX ON backout_archive_1.type_146145_3 ((pg_catalog.md5(coalesce(b, '~') || '|' || coalesce(backout_new, '~'))), backout_row);
-- column public.tb.n
CREATE TABLE backout_archive_1.type_146145_3_left (b text, backout_value text);
-- column public.tb.n
CREATE FUNCTION backout_archive_1.type_146145_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE found_one text; BEGIN UPDATE backout_archive_1.type_146145_3 u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM backout_archive_1.type_146145_3 c WHERE NOT c.backout_used AND pg_catalog.md5(coalesce(c.b, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')) = pg_catalog.md5(coalesce($1, ''~'') || ''|'' || coalesce($2, ''~'')) AND c.b IS NOT DISTINCT FROM $1 AND c.backout_new IS NOT DISTINCT FROM $2 ORDER BY pg_catalog.md5(coalesce(c.b, ''~'') || ''|'' || coalesce(c.backout_new, ''~'')), c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one; IF FOUND THEN RETURN found_one; END IF; BEGIN IF (($2::text)::text)::text IS NULL OR ((($2::text)::text)::text)::text = $2 THEN RETURN (($2::text)::text)::text; END IF; EXCEPTION WHEN others THEN NULL; END;  INSERT INTO backout_archive_1.type_146145_3_left VALUES ($1, $2); RETURN NULL; END';

-- steps:
-- what the migration added
ALTER TABLE ONLY public.tb ALTER COLUMN n DROP DEFAULT;
-- column public.tb.n
ALTER TABLE public.tb ALTER COLUMN n TYPE text COLLATE pg_catalog."C" USING backout_archive_1.type_146145_3_back(b::text, n::text)::text;
-- table public.tb
ALTER TABLE public.tb RENAME TO backout_rebuilt_16411;
-- table public.tb
CREATE TABLE public.tb (id bigint, b character(3), n text COLLATE pg_catalog."C");
-- table public.tb
INSERT INTO public.tb (id, b, n) OVERRIDING SYSTEM VALUE SELECT coalesce(w.id, 4 + 1 * (pg_catalog.row_number() OVER (PARTITION BY w.id IS NULL))), t.b, t.n FROM (SELECT i.*, ROW(i.b, i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.b, i.n)::text) AS backout_place FROM ONLY public.backout_rebuilt_16411 i) t LEFT JOIN (SELECT i.*, ROW(i.b, i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.b, i.n)::text) AS backout_place FROM backout_archive_1.rows_146145 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.tb.id
ALTER TABLE public.tb ALTER COLUMN id SET NOT NULL;
-- column public.tb.id
ALTER TABLE public.tb ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.tb_id_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);
-- table public.tb
DROP TABLE public.backout_rebuilt_16411;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.b, i.id, i.n)::text FROM backout_archive_1.rows_146145 i EXCEPT ALL SELECT ROW(i.b, i.id, i.n)::text FROM ONLY public.tb i) d; forced None; otherwise rows of public.tb were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_146145; if none None
-- default public.tb.n
ALTER TABLE ONLY public.tb ALTER COLUMN n SET DEFAULT 'x'::text;
-- constraint tb_pkey on public.tb
--   may clash: Values, at once None
ALTER TABLE public.tb ADD CONSTRAINT tb_pkey PRIMARY KEY (id);
-- sequence public.tb_id_seq
SELECT CASE WHEN m.top > 4 THEN pg_catalog.setval('public.tb_id_seq', m.top, true) ELSE pg_catalog.setval('public.tb_id_seq', 4, true) END FROM (SELECT max(id) AS top FROM public.tb) m;

-- closing:
-- column public.tb.n
DROP FUNCTION backout_archive_1.type_146145_3_back;

-- tail:
-- table public.tb: analyze
ANALYZE public.tb;

-- rebuilt:
--   public.tb

-- remade:
--   #pg_class:16411:0 table public.tb

-- parts:
--   column public.tb.b
--   column public.tb.id
--   column public.tb.n
--   constraint tb_pkey on public.tb
--   default public.tb.n
--   index public.tb_pkey
--   table public.tb

-- renumbered:
--   (#pg_class:16410:0, "sequence public.tb_id_seq")
--   (#pg_class:16411:0, "table public.tb")
--   (#pg_class:16411:1, "column public.tb.id")
--   (#pg_class:16411:2, "column public.tb.b")
--   (#pg_class:16411:3, "column public.tb.n")
--   (#pg_class:16413:0, "index public.tb_pkey")
--   (#pg_attrdef:16412:0, "default public.tb.n")
--   (#pg_constraint:16414:0, "constraint tb_pkey on public.tb")

-- may be set aside:
--   Aside { schema: "public", table: "tb", column: Some("n"), copy_schema: "backout_archive_1", copy: "type_146145_3_left", by: Nothing, left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_archive_1.type_146145_3_left", forced: None, otherwise: "values of column public.tb.n that were written since do not fit its former type; they lie in backout_archive_1.type_146145_3_left", if_none: None }
