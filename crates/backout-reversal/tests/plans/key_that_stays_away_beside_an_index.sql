-- locks:
--   public.m, SHARE ROW EXCLUSIVE
--   public.n, ACCESS EXCLUSIVE

-- steps:
-- constraint n_t_key on public.n
ALTER TABLE public.n DROP CONSTRAINT IF EXISTS n_t_key CASCADE;
-- table public.n
ALTER TABLE public.n RENAME TO backout_rebuilt_16410;
-- table public.n
CREATE TABLE public.n (id integer, t text);
-- table public.n
INSERT INTO public.n (id, t) OVERRIDING SYSTEM VALUE SELECT w.id, t.t FROM (SELECT i.*, ROW(i.t)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.t)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.t)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.t)::text) AS backout_place FROM backout_archive_1.rows_171852 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.n.id
--   if all rows of public.n have a value of id
ALTER TABLE public.n ALTER COLUMN id SET NOT NULL;
-- table public.n
DROP TABLE public.backout_rebuilt_16410;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.id, i.t)::text FROM backout_archive_1.rows_171852 i EXCEPT ALL SELECT ROW(i.id, i.t)::text FROM ONLY public.n i) d; forced None; otherwise rows of public.n were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_171852; if none None
-- constraint n_pkey on public.n
--   may clash: Values, at once None
ALTER TABLE public.n ADD CONSTRAINT n_pkey PRIMARY KEY (id);
-- constraint n_t_key on public.n
--   may clash: Values, at once None
ALTER TABLE public.n ADD CONSTRAINT n_t_key UNIQUE (t);
-- index public.n_twin
--   may clash: Values, at once None
CREATE UNIQUE INDEX n_twin ON public.n USING btree (id);
-- foreign key n_id_fkey on public.n
--   may clash: ForeignKey, at once Some("ALTER TABLE public.n ADD CONSTRAINT n_id_fkey FOREIGN KEY (id) REFERENCES public.n DEFERRABLE")
ALTER TABLE public.n ADD CONSTRAINT n_id_fkey FOREIGN KEY (id) REFERENCES public.n DEFERRABLE NOT VALID;
-- foreign key m_n_fkey on public.m
--   may clash: ForeignKey, at once Some("ALTER TABLE public.m ADD CONSTRAINT m_n_fkey FOREIGN KEY (n) REFERENCES public.n")
ALTER TABLE public.m ADD CONSTRAINT m_n_fkey FOREIGN KEY (n) REFERENCES public.n NOT VALID;

-- tail:
-- table public.n: analyze
ANALYZE public.n;
-- foreign key n_id_fkey on public.n: validate, public.n
ALTER TABLE public.n VALIDATE CONSTRAINT n_id_fkey;
-- foreign key m_n_fkey on public.m: validate, public.m
ALTER TABLE public.m VALIDATE CONSTRAINT m_n_fkey;

-- rebuilt:
--   public.n

-- remade:
--   #pg_class:16410:0 table public.n
--   #pg_class:16413:0 index public.n_t_key
--   #pg_constraint:16414:0 constraint n_t_key on public.n

-- parts:
--   column public.m.n
--   column public.n.id
--   column public.n.t
--   constraint n_pkey on public.n
--   constraint n_t_key on public.n
--   foreign key m_n_fkey on public.m
--   foreign key n_id_fkey on public.n
--   index public.n_pkey
--   index public.n_t_key
--   index public.n_twin
--   table public.m
--   table public.n

-- renumbered:
--   (#pg_class:16410:0, "table public.n")
--   (#pg_class:16410:1, "column public.n.id")
--   (#pg_class:16410:2, "column public.n.t")
--   (#pg_class:16411:0, "index public.n_pkey")
--   (#pg_class:16413:0, "index public.n_t_key")
--   (#pg_class:16415:0, "index public.n_twin")
--   (#pg_constraint:16412:0, "constraint n_pkey on public.n")
--   (#pg_constraint:16414:0, "constraint n_t_key on public.n")
--   (#pg_constraint:16416:0, "foreign key n_id_fkey on public.n")
--   (#pg_constraint:16418:0, "foreign key m_n_fkey on public.m")

-- needs values:
--   NeedsValues { table: "public.n", column: "id", heirs: ["public.n"], forced: false }
