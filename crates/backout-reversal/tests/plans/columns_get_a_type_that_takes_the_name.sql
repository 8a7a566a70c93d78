-- locks:
--   public.t, ACCESS EXCLUSIVE

-- steps:
-- view public.vt
DROP VIEW IF EXISTS public.vt CASCADE;
-- what the migration added
DROP INDEX IF EXISTS public.t_s CASCADE;
-- what the migration added
ALTER TABLE ONLY public.t ALTER COLUMN s DROP DEFAULT;
-- type public.st
ALTER TYPE public.st_old RENAME TO backout_renamed_16410_0;
-- type public.st2
ALTER TYPE public.st RENAME TO st2;
-- type public.st
ALTER TYPE public.backout_renamed_16410_0 RENAME TO st;
-- column public.t.s
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16412_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16412_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.st)::text::public.st)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16412_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.t ALTER COLUMN s DROP NOT NULL", "ALTER TABLE public.t ALTER COLUMN s TYPE public.st USING backout_undone_1.misfits_16412_2_back(ROW(id)::text, s::text)::text::public.st", "DROP FUNCTION backout_undone_1.misfits_16412_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16412_2", otherwise: "values of column public.t.s that were written since do not fit its former type; they lie in backout_undone_1.misfits_16412_2, by the key of their rows", nullable: [("public.t", "s")], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.t ALTER COLUMN s TYPE public.st USING s::text::public.st;
-- column public.t.l
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16412_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16412_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.st[])::text::public.st[])::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16412_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.t ALTER COLUMN l TYPE public.st[] USING backout_undone_1.misfits_16412_3_back(ROW(id)::text, l::text)::text::public.st[]", "DROP FUNCTION backout_undone_1.misfits_16412_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16412_3", otherwise: "values of column public.t.l that were written since do not fit its former type; they lie in backout_undone_1.misfits_16412_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.t ALTER COLUMN l TYPE public.st[] USING l::text::public.st[];
-- column public.t.plain
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16412_4 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16412_4_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.st)::text::public.st)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16412_4 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.t ALTER COLUMN plain TYPE public.st USING backout_undone_1.misfits_16412_4_back(ROW(id)::text, plain::text)::text::public.st", "DROP FUNCTION backout_undone_1.misfits_16412_4_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16412_4", otherwise: "values of column public.t.plain that were written since do not fit its former type; they lie in backout_undone_1.misfits_16412_4, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.t ALTER COLUMN plain TYPE public.st USING plain::text::public.st;
-- default public.t.s
ALTER TABLE ONLY public.t ALTER COLUMN s SET DEFAULT 'a'::public.st;
-- index public.t_s
CREATE INDEX t_s ON public.t USING btree (s);
-- view public.vt
CREATE VIEW public.vt AS  SELECT t.id,
    t.s
   FROM public.t
  WHERE (t.s = 'a'::public.st);

-- parts:
--   column public.t.id
--   column public.t.l
--   column public.t.plain
--   column public.t.s
--   constraint t_pkey on public.t
--   default public.t.s
--   index public.t_pkey
--   index public.t_s
--   table public.t

-- renumbered:
--   (#pg_type:16410:0, "type public.st")
--   (#pg_type:16411:0, "type public.st2")
--   (#pg_class:16412:2, "column public.t.s")
--   (#pg_class:16412:3, "column public.t.l")
--   (#pg_class:16412:4, "column public.t.plain")
--   (#pg_class:16416:0, "index public.t_s")
--   (#pg_class:16417:0, "view public.vt")
--   (#pg_class:16417:1, "column public.vt.id")
--   (#pg_class:16417:2, "column public.vt.s")
--   (#pg_attrdef:16413:0, "default public.t.s")

-- may be set aside:
--   Aside { schema: "public", table: "t", column: Some("s"), copy_schema: "backout_undone_1", copy: "misfits_16412_2", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "t", column: Some("l"), copy_schema: "backout_undone_1", copy: "misfits_16412_3", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "t", column: Some("plain"), copy_schema: "backout_undone_1", copy: "misfits_16412_4", by: RowOfKey(["id"]), left: Some("NULL") }
