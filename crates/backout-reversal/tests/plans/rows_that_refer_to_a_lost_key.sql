-- locks:
--   public.ri, ACCESS EXCLUSIVE
--   public.rt, ACCESS EXCLUSIVE

-- steps:
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.rt
--   expected: 2 rows, otherwise rows that the migration took out of table public.rt did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.rt (id, f) OVERRIDING SYSTEM VALUE SELECT m.id, m.f FROM (SELECT i.* FROM backout_archive_1.rows_139810_1 i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_139810_1 o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.rt t WHERE t.id = m.id) ON CONFLICT DO NOTHING;
-- table public.ri
ALTER TABLE public.ri RENAME TO backout_rebuilt_16410;
-- table public.ri
CREATE TABLE public.ri (id integer, w text);
-- table public.ri
INSERT INTO public.ri (id, w) OVERRIDING SYSTEM VALUE SELECT w.id, t.w FROM (SELECT i.*, ROW(i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.w)::text) AS backout_place FROM ONLY public.backout_rebuilt_16410 i) t LEFT JOIN (SELECT i.*, ROW(i.w)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.w)::text) AS backout_place FROM backout_archive_1.rows_139803 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- column public.ri.id
--   if all rows of public.ri have a value of id
ALTER TABLE public.ri ALTER COLUMN id SET NOT NULL;
-- table public.ri
DROP TABLE public.backout_rebuilt_16410;
-- column public.rt.x
ALTER TABLE public.rt ADD COLUMN x integer;
-- column public.rt.x
UPDATE ONLY public.rt t SET x = c.backout_value FROM backout_archive_1.column_139810_3 c WHERE t.id = c.id;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.id, i.w)::text FROM backout_archive_1.rows_139803 i EXCEPT ALL SELECT ROW(i.id, i.w)::text FROM ONLY public.ri i) d; forced None; otherwise rows of public.ri were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_139803; if none None
-- constraint ri_pkey on public.ri
--   may clash: Values, at once None
ALTER TABLE public.ri ADD CONSTRAINT ri_pkey PRIMARY KEY (id);
-- foreign key rt_f_fkey on public.rt
--   may clash: ForeignKey, at once Some("ALTER TABLE public.rt ADD CONSTRAINT rt_f_fkey FOREIGN KEY (f) REFERENCES public.ri(id)")
ALTER TABLE public.rt ADD CONSTRAINT rt_f_fkey FOREIGN KEY (f) REFERENCES public.ri(id) NOT VALID;

-- tail:
-- table public.ri: analyze
ANALYZE public.ri;
-- foreign key rt_f_fkey on public.rt: validate, public.rt
ALTER TABLE public.rt VALIDATE CONSTRAINT rt_f_fkey;

-- rebuilt:
--   public.ri

-- remade:
--   #pg_class:16410:0 table public.ri

-- parts:
--   column public.ri.id
--   column public.ri.w
--   column public.rt.f
--   column public.rt.id
--   column public.rt.x
--   constraint ri_pkey on public.ri
--   constraint rt_pkey on public.rt
--   foreign key rt_f_fkey on public.rt
--   index public.ri_pkey
--   index public.rt_pkey
--   table public.ri
--   table public.rt

-- renumbered:
--   (#pg_class:16410:0, "table public.ri")
--   (#pg_class:16410:1, "column public.ri.id")
--   (#pg_class:16410:2, "column public.ri.w")
--   (#pg_class:16411:0, "index public.ri_pkey")
--   (#pg_class:16413:3, "column public.rt.x")
--   (#pg_constraint:16412:0, "constraint ri_pkey on public.ri")
--   (#pg_constraint:16416:0, "foreign key rt_f_fkey on public.rt")

-- needs values:
--   NeedsValues { table: "public.ri", column: "id", heirs: ["public.ri"], forced: false }
