-- locks:
--   public.te, ACCESS EXCLUSIVE

-- steps:
-- table public.te
ALTER TABLE public.te RENAME TO backout_rebuilt_16411;
-- table public.te
CREATE TABLE public.te (id bigint, a inet, b text);
-- table public.te
INSERT INTO public.te (id, a, b) OVERRIDING SYSTEM VALUE SELECT coalesce(NULL, 1 + 1 * (pg_catalog.row_number() OVER (PARTITION BY NULL IS NULL) - 1)), c2.backout_value, t.b FROM ONLY public.backout_rebuilt_16411 t LEFT JOIN backout_archive_1.column_116639_2 c2 ON c2.id = NULL;
-- column public.te.id
ALTER TABLE public.te ALTER COLUMN id SET NOT NULL;
-- column public.te.id
ALTER TABLE public.te ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.te_id_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);
-- table public.te
DROP TABLE public.backout_rebuilt_16411;
-- constraint te_pkey on public.te
--   may clash: Values, at once None
ALTER TABLE public.te ADD CONSTRAINT te_pkey PRIMARY KEY (id);
-- sequence public.te_id_seq
SELECT CASE WHEN m.top > 1 THEN pg_catalog.setval('public.te_id_seq', m.top, true) ELSE pg_catalog.setval('public.te_id_seq', 1, false) END FROM (SELECT max(id) AS top FROM public.te) m;

-- tail:
-- table public.te: analyze
ANALYZE public.te;

-- rebuilt:
--   public.te

-- remade:
--   #pg_class:16411:0 table public.te

-- parts:
--   column public.te.a
--   column public.te.b
--   column public.te.id
--   constraint te_pkey on public.te
--   index public.te_pkey
--   table public.te

-- renumbered:
--   (#pg_class:16410:0, "sequence public.te_id_seq")
--   (#pg_class:16411:0, "table public.te")
--   (#pg_class:16411:1, "column public.te.id")
--   (#pg_class:16411:2, "column public.te.a")
--   (#pg_class:16411:3, "column public.te.b")
--   (#pg_class:16412:0, "index public.te_pkey")
--   (#pg_constraint:16413:0, "constraint te_pkey on public.te")
