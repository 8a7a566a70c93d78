-- locks:
--   public.ep, SHARE ROW EXCLUSIVE

-- before the locks:
-- table public.ep
UPDATE backout_archive_1.rows_149397_1 SET k = CASE k WHEN 'b' THEN 'a' WHEN 'a' THEN 'b' ELSE k END;
-- table public.ep
CREATE TABLE backout_archive_1.rows_149397_1_sum AS SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, s.id, s.k FROM (SELECT i.*, ROW(i.id, i.k)::text AS backout_text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, pg_catalog.row_number() OVER w AS backout_place FROM backout_archive_1.rows_149397_1 i WINDOW w AS (PARTITION BY ROW(i.id, i.k)::text)) s WHERE s.backout_place = 1 AND s.backout_sum <> 0;

-- steps:
-- type public.enc
ALTER TYPE public.enc RENAME VALUE 'a' TO 'backout_1';
-- type public.enc
ALTER TYPE public.enc RENAME VALUE 'b' TO 'backout_0';
-- type public.enc
ALTER TYPE public.enc RENAME VALUE 'backout_0' TO 'a';
-- type public.enc
ALTER TYPE public.enc RENAME VALUE 'backout_1' TO 'b';
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.ep
--   expected: 2 rows, otherwise rows that the migration took out of table public.ep did not come back: others of their key have come since, or what they refer to has gone
INSERT INTO public.ep (id, k) OVERRIDING SYSTEM VALUE SELECT m.id, m.k::text::public.enc FROM (SELECT i.* FROM backout_archive_1.rows_149397_1_sum i WHERE NOT i.backout_new AND NOT EXISTS (SELECT FROM backout_archive_1.rows_149397_1_sum o WHERE o.backout_new AND o.id = i.id)) m WHERE NOT EXISTS (SELECT FROM ONLY public.ep t WHERE t.id = m.id) ON CONFLICT DO NOTHING;

-- unsupported:
--   type public.enc: its values exchanged names, and rows that were changed meanwhile are known by these

-- renumbered:
--   (#pg_type:16410:0, "type public.enc")
