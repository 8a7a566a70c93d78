-- locks:
--   public.lp, ACCESS EXCLUSIVE
--   public.lp1, ACCESS EXCLUSIVE
--   public.lp2, ACCESS EXCLUSIVE
--   public.lp2a, ACCESS EXCLUSIVE

-- steps:
-- column public.lp.id
ALTER TABLE public.lp RENAME COLUMN nr TO id;
-- index public.lpi
CREATE INDEX lpi ON ONLY public.lp USING btree (id) WHERE (v > 'a'::text);
-- index public.lpi
CREATE INDEX lp3_lpi ON public.lp3 USING btree (id) WHERE (v > 'a'::text);
-- index public.lpi
ALTER INDEX public.lpi ATTACH PARTITION public.lp3_lpi;
-- index public.lpi
CREATE INDEX lp5_lpi ON public.lp5 USING btree (id) WHERE (v > 'a'::text);
-- index public.lpi
ALTER INDEX public.lpi ATTACH PARTITION public.lp5_lpi;
-- index public.lp2_id_idx
CREATE INDEX lp2_id_idx ON ONLY public.lp2 USING btree (id) WHERE (v > 'a'::text);
-- index public.lp2_id_idx
ALTER INDEX public.lpi ATTACH PARTITION public.lp2_id_idx;
-- index public.lp2_id_idx
CREATE INDEX lp2b_lp2_id_idx ON public.lp2b USING btree (id) WHERE (v > 'a'::text);
-- index public.lp2_id_idx
ALTER INDEX public.lp2_id_idx ATTACH PARTITION public.lp2b_lp2_id_idx;

-- tail:
-- index public.lp1_id_idx: index public lp1_id_idx; then ["ALTER INDEX public.lpi ATTACH PARTITION public.lp1_id_idx"]; wholes ["index public.lpi"]
CREATE INDEX CONCURRENTLY lp1_id_idx ON public.lp1 USING btree (id) WHERE (v > 'a'::text);
-- index public.lp2a_id_idx: index public lp2a_id_idx; then ["ALTER INDEX public.lp2_id_idx ATTACH PARTITION public.lp2a_id_idx"]; wholes ["index public.lp2_id_idx", "index public.lpi"]
CREATE INDEX CONCURRENTLY lp2a_id_idx ON public.lp2a USING btree (id) WHERE (v > 'a'::text);

-- parts:
--   column public.lp.at
--   column public.lp.id
--   column public.lp.v
--   column public.lp1.at
--   column public.lp1.id
--   column public.lp1.v
--   column public.lp2.at
--   column public.lp2.id
--   column public.lp2.v
--   column public.lp2a.at
--   column public.lp2a.id
--   column public.lp2a.v
--   index public.lp1_id_idx
--   index public.lp1_md5_idx
--   index public.lp2_id_idx
--   index public.lp2_md5_idx
--   index public.lp2a_id_idx
--   index public.lp2a_md5_idx
--   index public.lpi
--   index public.lpv
--   table public.lp
--   table public.lp1
--   table public.lp2
--   table public.lp2a

-- renumbered:
--   (#pg_class:16410:1, "column public.lp.id")
--   (#pg_class:16411:1, "column public.lp1.id")
--   (#pg_class:16412:1, "column public.lp2.id")
--   (#pg_class:16413:1, "column public.lp2a.id")
--   (#pg_class:16414:0, "index public.lpi")
--   (#pg_class:16415:0, "index public.lp1_id_idx")
--   (#pg_class:16416:0, "index public.lp2_id_idx")
--   (#pg_class:16417:0, "index public.lp2a_id_idx")
