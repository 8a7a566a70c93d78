-- locks:
--   public.pd, ACCESS EXCLUSIVE
--   public.pd1, ACCESS EXCLUSIVE
--   public.pd2, ACCESS EXCLUSIVE
--   public.pd2d, ACCESS EXCLUSIVE
--   public.pd3, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER TABLE public.pd DETACH PARTITION public.pd3;
-- what the migration added
ALTER TABLE public.pd3 SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.pd3 RENAME TO "16441 pd3";
-- what the migration added
ALTER TABLE backout_undone_1."16441 pd3" RENAME CONSTRAINT pd3_pkey TO "16443 pd3_pkey";
-- column public.pd.gone
ALTER TABLE public.pd ADD COLUMN gone text;
-- column public.pd.n
ALTER TABLE public.pd ADD COLUMN n integer;
-- column public.pd1.gone
UPDATE ONLY public.pd1 t SET gone = c.backout_value FROM backout_archive_1.column_114516_3 c WHERE t.id = c.id AND t.at = c.at;
-- column public.pd1.n
UPDATE ONLY public.pd1 t SET n = c.backout_value FROM backout_archive_1.column_114516_4 c WHERE t.id = c.id AND t.at = c.at;
-- column public.pd2d.n
UPDATE ONLY public.pd2d t SET n = c.backout_value FROM backout_archive_1.column_114532_1 c WHERE t.id = c.id AND t.at = c.at;
-- column public.pd2d.gone
UPDATE ONLY public.pd2d t SET gone = c.backout_value FROM backout_archive_1.column_114532_2 c WHERE t.id = c.id AND t.at = c.at;
-- column public.pd.gone
UPDATE public.pd SET gone = 'p'::text WHERE gone IS NULL;
-- column public.pd.gone
ALTER TABLE public.pd ALTER COLUMN gone SET NOT NULL;
-- column public.pd2d.gone
GRANT SELECT (gone) ON TABLE public.pd2d TO PUBLIC;
-- default public.pd.gone
ALTER TABLE ONLY public.pd ALTER COLUMN gone SET DEFAULT 'p'::text;
-- default public.pd1.gone
ALTER TABLE ONLY public.pd1 ALTER COLUMN gone SET DEFAULT 'p'::text;
-- default public.pd2.gone
ALTER TABLE ONLY public.pd2 ALTER COLUMN gone SET DEFAULT 'p'::text;
-- default public.pd2d.gone
ALTER TABLE ONLY public.pd2d ALTER COLUMN gone SET DEFAULT 'own'::text;
-- constraint pd_n_check on public.pd
ALTER TABLE public.pd ADD CONSTRAINT pd_n_check CHECK ((n < 1000)) NOT VALID;
-- index public.pd_gone_idx
CREATE INDEX pd_gone_idx ON ONLY public.pd USING btree (gone);
-- index public.pd1_gone_idx
CREATE INDEX pd1_gone_idx ON public.pd1 USING btree (gone);
-- index public.pd1_gone_idx
ALTER INDEX public.pd_gone_idx ATTACH PARTITION public.pd1_gone_idx;
-- index public.pd2_gone_idx
CREATE INDEX pd2_gone_idx ON ONLY public.pd2 USING btree (gone);
-- index public.pd2_gone_idx
ALTER INDEX public.pd_gone_idx ATTACH PARTITION public.pd2_gone_idx;
-- index public.pd2d_gone_idx
CREATE INDEX pd2d_gone_idx ON public.pd2d USING btree (gone);
-- index public.pd2d_gone_idx
ALTER INDEX public.pd2_gone_idx ATTACH PARTITION public.pd2d_gone_idx;
-- index public.pd1_n_idx
CREATE INDEX pd1_n_idx ON public.pd1 USING btree (n);

-- tail:
-- constraint pd_n_check on public.pd: validate, public.pd
ALTER TABLE public.pd VALIDATE CONSTRAINT pd_n_check;

-- column order:
--   public.pd2d

-- column order, why:
--   ("public.pd2d", "it is partitioned")

-- parts:
--   column public.pd.at
--   column public.pd.gone
--   column public.pd.id
--   column public.pd.n
--   column public.pd1.at
--   column public.pd1.gone
--   column public.pd1.id
--   column public.pd1.n
--   column public.pd2.at
--   column public.pd2.gone
--   column public.pd2.id
--   column public.pd2.n
--   column public.pd2d.at
--   column public.pd2d.gone
--   column public.pd2d.id
--   column public.pd2d.n
--   constraint pd1_pkey on public.pd1
--   constraint pd2_pkey on public.pd2
--   constraint pd2d_pkey on public.pd2d
--   constraint pd_n_check on public.pd
--   constraint pd_n_check on public.pd1
--   constraint pd_n_check on public.pd2
--   constraint pd_n_check on public.pd2d
--   constraint pd_pkey on public.pd
--   default public.pd.gone
--   default public.pd1.gone
--   default public.pd2.gone
--   default public.pd2d.gone
--   index public.pd1_gone_idx
--   index public.pd1_n_idx
--   index public.pd1_pkey
--   index public.pd2_gone_idx
--   index public.pd2_pkey
--   index public.pd2d_gone_idx
--   index public.pd2d_pkey
--   index public.pd_gone_idx
--   index public.pd_pkey
--   table public.pd
--   table public.pd1
--   table public.pd2
--   table public.pd2d

-- renumbered:
--   (#pg_class:16410:3, "column public.pd.gone")
--   (#pg_class:16410:4, "column public.pd.n")
--   (#pg_class:16415:3, "column public.pd1.gone")
--   (#pg_class:16415:4, "column public.pd1.n")
--   (#pg_class:16420:3, "column public.pd2.gone")
--   (#pg_class:16420:4, "column public.pd2.n")
--   (#pg_class:16425:1, "column public.pd2d.n")
--   (#pg_class:16425:2, "column public.pd2d.gone")
--   (#pg_class:16430:0, "index public.pd_gone_idx")
--   (#pg_class:16431:0, "index public.pd1_gone_idx")
--   (#pg_class:16432:0, "index public.pd2_gone_idx")
--   (#pg_class:16433:0, "index public.pd2d_gone_idx")
--   (#pg_class:16434:0, "index public.pd1_n_idx")
--   (#pg_attrdef:16411:0, "default public.pd.gone")
--   (#pg_attrdef:16416:0, "default public.pd1.gone")
--   (#pg_attrdef:16421:0, "default public.pd2.gone")
--   (#pg_attrdef:16426:0, "default public.pd2d.gone")
--   (#pg_constraint:16412:0, "constraint pd_n_check on public.pd")
--   (#pg_constraint:16417:0, "constraint pd_n_check on public.pd1")
--   (#pg_constraint:16422:0, "constraint pd_n_check on public.pd2")
--   (#pg_constraint:16427:0, "constraint pd_n_check on public.pd2d")

-- moved aside:
--   Moved { id: #pg_class:16441:0, identity: "table public.pd3", from_schema: "public", to_schema: "backout_undone_1", name: "pd3", kept_as: "16441 pd3" }
