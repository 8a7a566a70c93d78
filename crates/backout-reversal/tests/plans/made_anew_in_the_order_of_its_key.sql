-- locks:
--   public.ko, ACCESS EXCLUSIVE
--   public.kr, ACCESS EXCLUSIVE

-- steps:
-- foreign key kr_other_fkey on public.kr
ALTER TABLE public.kr DROP CONSTRAINT IF EXISTS kr_other_fkey CASCADE;
-- foreign key kr_ko_fkey on public.kr
ALTER TABLE public.kr DROP CONSTRAINT IF EXISTS kr_ko_fkey CASCADE;
-- foreign key ko_up_fkey on public.ko
ALTER TABLE public.ko DROP CONSTRAINT IF EXISTS ko_up_fkey CASCADE;
-- view public.kv
DROP VIEW IF EXISTS public.kv CASCADE;
-- constraint ko_kept_key on public.ko
ALTER TABLE public.ko DROP CONSTRAINT IF EXISTS ko_kept_key CASCADE;
-- column public.ko.id
ALTER TABLE public.ko RENAME COLUMN nr TO id;
-- table public.ko
ALTER TABLE public.ko RENAME TO backout_rebuilt_16410;
-- table public.ko
CREATE TABLE public.ko (id integer NOT NULL, gone text, kept text, up integer);
-- table public.ko
SET LOCAL enable_hashjoin = off;
-- table public.ko
SELECT pg_catalog.set_config('backout.work_mem', pg_catalog.current_setting('work_mem'), true), pg_catalog.set_config('work_mem', '256MB', true) WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')) < pg_catalog.pg_size_bytes('256MB');
-- table public.ko
INSERT INTO public.ko (id, gone, kept, up) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.kept, t.up FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_105304_2 c2 ON c2.id = t.id;
-- table public.ko
SET LOCAL enable_hashjoin = on;
-- table public.ko
SELECT pg_catalog.set_config('work_mem', pg_catalog.current_setting('backout.work_mem'), true) WHERE pg_catalog.current_setting('backout.work_mem', true) <> '';
-- column public.ko.gone
--   if all rows of public.ko have a value of gone
ALTER TABLE public.ko ALTER COLUMN gone SET NOT NULL;
-- table public.ko
DROP TABLE public.backout_rebuilt_16410;
-- constraint kop on public.ko
--   may clash: Values, at once None
ALTER TABLE public.ko ADD CONSTRAINT kop PRIMARY KEY (id);
-- constraint kop on public.ko
COMMENT ON CONSTRAINT kop ON public.ko IS 'key';
-- constraint ko_kept_key on public.ko
--   may clash: Values, at once None
ALTER TABLE public.ko ADD CONSTRAINT ko_kept_key UNIQUE (kept);
-- index public.kop
ALTER INDEX public.kop SET (fillfactor='80');
-- index public.kop
ALTER TABLE public.ko CLUSTER ON kop;
-- index public.kop
ALTER TABLE public.ko REPLICA IDENTITY USING INDEX kop;
-- index public.kop
COMMENT ON INDEX public.kop IS 'index';
-- view public.kv
CREATE VIEW public.kv AS  SELECT ko.id,
    ko.kept
   FROM public.ko
  GROUP BY ko.id;
-- foreign key ko_up_fkey on public.ko
--   may clash: ForeignKey, at once Some("ALTER TABLE public.ko ADD CONSTRAINT ko_up_fkey FOREIGN KEY (up) REFERENCES public.ko(id)")
ALTER TABLE public.ko ADD CONSTRAINT ko_up_fkey FOREIGN KEY (up) REFERENCES public.ko(id) NOT VALID;
-- foreign key kr_ko_fkey on public.kr
--   may clash: ForeignKey, at once Some("ALTER TABLE public.kr ADD CONSTRAINT kr_ko_fkey FOREIGN KEY (ko) REFERENCES public.ko(id) ON DELETE CASCADE")
ALTER TABLE public.kr ADD CONSTRAINT kr_ko_fkey FOREIGN KEY (ko) REFERENCES public.ko(id) ON DELETE CASCADE NOT VALID;
-- foreign key kr_other_fkey on public.kr
--   may clash: ForeignKey, at once Some("ALTER TABLE public.kr ADD CONSTRAINT kr_other_fkey FOREIGN KEY (other) REFERENCES public.ko(id) DEFERRABLE")
ALTER TABLE public.kr ADD CONSTRAINT kr_other_fkey FOREIGN KEY (other) REFERENCES public.ko(id) DEFERRABLE NOT VALID;

-- tail:
-- table public.ko: analyze
ANALYZE public.ko;
-- foreign key ko_up_fkey on public.ko: validate, public.ko
ALTER TABLE public.ko VALIDATE CONSTRAINT ko_up_fkey;
-- foreign key kr_ko_fkey on public.kr: validate, public.kr
ALTER TABLE public.kr VALIDATE CONSTRAINT kr_ko_fkey;
-- foreign key kr_other_fkey on public.kr: validate, public.kr
ALTER TABLE public.kr VALIDATE CONSTRAINT kr_other_fkey;

-- rebuilt:
--   public.ko

-- remade:
--   #pg_class:16410:0 table public.ko
--   #pg_class:16411:0 index public.kop
--   #pg_class:16413:0 index public.ko_kept_key
--   #pg_class:16419:0 view public.kv
--   #pg_constraint:16412:0 constraint kop on public.ko
--   #pg_constraint:16414:0 constraint ko_kept_key on public.ko
--   #pg_constraint:16415:0 foreign key ko_up_fkey on public.ko
--   #pg_constraint:16417:0 foreign key kr_ko_fkey on public.kr
--   #pg_constraint:16418:0 foreign key kr_other_fkey on public.kr

-- parts:
--   column public.ko.gone
--   column public.ko.id
--   column public.ko.kept
--   column public.ko.up
--   column public.kr.ko
--   column public.kr.other
--   constraint ko_kept_key on public.ko
--   constraint kop on public.ko
--   foreign key ko_up_fkey on public.ko
--   foreign key kr_ko_fkey on public.kr
--   foreign key kr_other_fkey on public.kr
--   index public.ko_kept_key
--   index public.kop
--   table public.ko
--   table public.kr

-- renumbered:
--   (#pg_class:16410:0, "table public.ko")
--   (#pg_class:16410:1, "column public.ko.id")
--   (#pg_class:16410:2, "column public.ko.gone")
--   (#pg_class:16410:3, "column public.ko.kept")
--   (#pg_class:16410:4, "column public.ko.up")
--   (#pg_class:16411:0, "index public.kop")
--   (#pg_class:16413:0, "index public.ko_kept_key")
--   (#pg_class:16419:0, "view public.kv")
--   (#pg_constraint:16412:0, "constraint kop on public.ko")
--   (#pg_constraint:16414:0, "constraint ko_kept_key on public.ko")
--   (#pg_constraint:16415:0, "foreign key ko_up_fkey on public.ko")
--   (#pg_constraint:16417:0, "foreign key kr_ko_fkey on public.kr")
--   (#pg_constraint:16418:0, "foreign key kr_other_fkey on public.kr")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.ko t WHERE NOT EXISTS (SELECT FROM backout_archive_1.column_105304_2 c WHERE c.id::text = t.nr::text)", keys: Some("SELECT ROW(t.nr)::text FROM public.ko t WHERE NOT EXISTS (SELECT FROM backout_archive_1.column_105304_2 c WHERE c.id::text = t.nr::text) LIMIT 5"), object: "column public.ko.gone", otherwise: "rows written since have no value for it: it stays nullable" }

-- needs values:
--   NeedsValues { table: "public.ko", column: "gone", heirs: ["public.ko"], forced: false }
