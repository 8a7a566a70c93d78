-- locks:
--   public.pk, SHARE ROW EXCLUSIVE
--   public.pk2, ACCESS EXCLUSIVE
--   public.pm, SHARE ROW EXCLUSIVE
--   public.pmq, ACCESS EXCLUSIVE
--   public.pmq1, ACCESS EXCLUSIVE
--   public.pmqd, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- table public.pk
CREATE TABLE backout_archive_1.rows_21203_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.no, s.c FROM (SELECT i.*, ROW(i.no, i.c)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_21203_1 i WINDOW w AS (PARTITION BY ROW(i.no, i.c)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.pm
CREATE TABLE backout_archive_1.rows_21194_2_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.no, s.c, s.at FROM (SELECT i.*, ROW(i.no, i.c, i.at)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_21194_2 i WINDOW w AS (PARTITION BY ROW(i.no, i.c, i.at)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;
-- table public.pm
CREATE TABLE backout_archive_1.rows_21194_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.no, s.c, s.at FROM (SELECT i.*, ROW(i.no, i.c, i.at)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_21194_1 i WINDOW w AS (PARTITION BY ROW(i.no, i.c, i.at)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- what the migration added
ALTER TABLE public.pm DETACH PARTITION public.pmq;
-- what the migration added
ALTER TABLE public.pk DETACH PARTITION public.pk2;
-- what the migration added
ALTER TABLE public.pmq SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE public.pmq1 SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE public.pmqd SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE public.pk2 SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.pmq RENAME TO "16422 pmq";
-- what the migration added
ALTER TABLE backout_undone_1.pmq1 RENAME TO "16423 pmq1";
-- what the migration added
ALTER TABLE backout_undone_1.pmqd RENAME TO "16424 pmqd";
-- what the migration added
ALTER TABLE backout_undone_1.pk2 RENAME TO "16426 pk2";
-- what the migration added
ALTER TABLE backout_undone_1."16426 pk2" RENAME CONSTRAINT pk2_pkey TO "16428 pk2_pkey";
-- table public.pm2
ALTER TABLE backout_archive_1."21200 pm2" SET SCHEMA public;
-- table public.pk1
ALTER TABLE backout_archive_1."21208 pk1" SET SCHEMA public;
-- table public.pm2
ALTER TABLE public."21200 pm2" RENAME TO pm2;
-- table public.pk1
ALTER TABLE public."21208 pk1" RENAME TO pk1;
-- constraint pk1_pkey on public.pk1
ALTER TABLE public.pk1 RENAME CONSTRAINT "21212 pk1_pkey" TO pk1_pkey;
-- partition public.pm2
--   may clash: Partition, at once None
ALTER TABLE public.pm ATTACH PARTITION public.pm2 DEFAULT;
-- partition public.pk1
--   may clash: Partition, at once None
ALTER TABLE public.pk ATTACH PARTITION public.pk1 DEFAULT;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.pm
--   needs: partition public.pm2
DELETE FROM public.pm d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.no, t.c, t.at)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.no, t.c, t.at)::text) AS n FROM public.pm t WHERE t.tableoid <> ALL (ARRAY['public.pm2'::regclass])) c, (SELECT ROW(i.no, i.c, i.at)::text AS text, i.backout_count FROM backout_archive_1.rows_21194_2_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;
-- table public.pk
--   needs: partition public.pk1
DELETE FROM public.pk t USING (SELECT i.* FROM backout_archive_1.rows_21203_1_sum i WHERE i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_21203_1_sum o WHERE NOT o.backout_new AND o.no = i.no)) p WHERE t.no = p.no AND ROW(t.no, t.c)::text = ROW(p.no, p.c)::text AND t.tableoid <> ALL (ARRAY['public.pk1'::regclass]);
-- table public.pm
--   needs: partition public.pm2
DELETE FROM public.pm d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW(t.no, t.c, t.at)::text AS text, pg_catalog.row_number() OVER (PARTITION BY ROW(t.no, t.c, t.at)::text) AS n FROM public.pm t) c, (SELECT ROW(i.no, i.c, i.at)::text AS text, i.backout_count FROM backout_archive_1.rows_21194_1_sum i WHERE i.backout_new) p WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row;

-- parts:
--   column public.pk1.c
--   column public.pk1.no
--   column public.pm2.at
--   column public.pm2.c
--   column public.pm2.no
--   constraint pk1_pkey on public.pk1
--   index public.pk1_pkey
--   table public.pk1
--   table public.pm2

-- renumbered:
--   (#pg_class:16412:0, "table public.pm2")
--   (#pg_class:16412:1, "column public.pm2.no")
--   (#pg_class:16412:2, "column public.pm2.c")
--   (#pg_class:16412:3, "column public.pm2.at")
--   (#pg_class:16416:0, "table public.pk1")
--   (#pg_class:16416:1, "column public.pk1.no")
--   (#pg_class:16416:2, "column public.pk1.c")
--   (#pg_class:16417:0, "index public.pk1_pkey")
--   (#pg_constraint:16418:0, "constraint pk1_pkey on public.pk1")

-- moved aside:
--   Moved { id: #pg_class:16422:0, identity: "table public.pmq", from_schema: "public", to_schema: "backout_undone_1", name: "pmq", kept_as: "16422 pmq" }
--   Moved { id: #pg_class:16423:0, identity: "table public.pmq1", from_schema: "public", to_schema: "backout_undone_1", name: "pmq1", kept_as: "16423 pmq1" }
--   Moved { id: #pg_class:16424:0, identity: "table public.pmqd", from_schema: "public", to_schema: "backout_undone_1", name: "pmqd", kept_as: "16424 pmqd" }
--   Moved { id: #pg_class:16426:0, identity: "table public.pk2", from_schema: "public", to_schema: "backout_undone_1", name: "pk2", kept_as: "16426 pk2" }
