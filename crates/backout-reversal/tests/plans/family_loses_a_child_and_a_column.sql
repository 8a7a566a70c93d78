-- locks:
--   public.par, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.par.n
CREATE TABLE backout_undone_1.column_16410_4 (a integer, backout_value integer, PRIMARY KEY (a));

-- steps:
-- column public.par.n
INSERT INTO backout_undone_1.column_16410_4 (a, backout_value) SELECT a, n FROM public.par WHERE n IS NOT NULL;
-- what the migration added
ALTER TABLE public.par DROP COLUMN IF EXISTS n CASCADE;
-- table public.kid
ALTER TABLE backout_archive_1."65468 kid" SET SCHEMA public;
-- table public.kid
ALTER TABLE public."65468 kid" RENAME TO kid;
-- column public.par.e
ALTER TABLE public.par ADD COLUMN e text;
-- table public.kid
ALTER TABLE public.kid RENAME TO backout_rebuilt_16413;
-- table public.kid
CREATE TABLE public.kid (c integer) INHERITS (public.par);
-- table public.kid
INSERT INTO public.kid (a, b, e, c) OVERRIDING SYSTEM VALUE SELECT t.a, t.b, w.e, t.c FROM (SELECT i.*, ROW(i.a, i.b, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.b, i.c)::text) AS backout_place FROM ONLY public.backout_rebuilt_16413 i) t LEFT JOIN (SELECT i.*, ROW(i.a, i.b, i.c)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.a, i.b, i.c)::text) AS backout_place FROM backout_archive_1.rows_65468 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place;
-- table public.kid
DROP TABLE public.backout_rebuilt_16413;
-- column public.par.e
UPDATE ONLY public.par t SET e = c.backout_value FROM backout_archive_1.column_65461_3 c WHERE t.a = c.a;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.a, i.b, i.c, i.e)::text FROM backout_archive_1.rows_65468 i EXCEPT ALL SELECT ROW(i.a, i.b, i.c, i.e)::text FROM ONLY public.kid i) d; forced None; otherwise rows of public.kid were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_65468; if none None
-- table public.kid
DROP TABLE backout_archive_1.foster_65461_65468;

-- tail:
-- table public.kid: analyze
ANALYZE public.kid;

-- rebuilt:
--   public.kid

-- remade:
--   #pg_class:16413:0 table public.kid

-- parts:
--   column public.kid.a
--   column public.kid.b
--   column public.kid.c
--   column public.kid.e
--   column public.par.a
--   column public.par.b
--   column public.par.e
--   constraint par_pkey on public.par
--   index public.par_pkey
--   table public.kid
--   table public.par

-- renumbered:
--   (#pg_class:16410:3, "column public.par.e")
--   (#pg_class:16413:0, "table public.kid")
--   (#pg_class:16413:1, "column public.kid.a")
--   (#pg_class:16413:2, "column public.kid.b")
--   (#pg_class:16413:3, "column public.kid.e")
--   (#pg_class:16413:4, "column public.kid.c")

-- set aside:
--   SetAside { table: "public.par", column: "n", copy: "backout_undone_1.column_16410_4", count: "SELECT count(*) FROM public.par WHERE n IS NOT NULL" }

-- may be set aside:
--   Aside { schema: "public", table: "par", column: Some("n"), copy_schema: "backout_undone_1", copy: "column_16410_4", by: Key(["a"]), left: None }
