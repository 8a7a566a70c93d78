-- locks:
--   public.ee, ACCESS EXCLUSIVE
--   public.users, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
ALTER TABLE ONLY public.ee ALTER COLUMN m DROP DEFAULT;
-- what the migration added
ALTER TABLE ONLY public.users ALTER COLUMN mood DROP DEFAULT;
-- type public.mood
ALTER TYPE public.mood RENAME TO backout_rebuilt_16415;
-- type public.mood
CREATE TYPE public.mood AS ENUM ('sad', 'ok');
-- column public.users.mood
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16387_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16387_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.mood)::text::public.mood)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16387_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.users ALTER COLUMN mood TYPE public.mood USING backout_undone_1.misfits_16387_3_back(ROW(id)::text, mood::text)::text::public.mood", "DROP FUNCTION backout_undone_1.misfits_16387_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16387_3", otherwise: "values of column public.users.mood that were written since do not fit its former type; they lie in backout_undone_1.misfits_16387_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.users ALTER COLUMN mood TYPE public.mood USING mood::text::public.mood;
-- column public.ee.m
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.mood)::text::public.mood)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.ee ALTER COLUMN m DROP NOT NULL", "ALTER TABLE public.ee ALTER COLUMN m TYPE public.mood USING backout_undone_1.misfits_16410_2_back(ROW(id)::text, m::text)::text::public.mood", "DROP FUNCTION backout_undone_1.misfits_16410_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_2", otherwise: "values of column public.ee.m that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_2, by the key of their rows", nullable: [("public.ee", "m")], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.ee ALTER COLUMN m TYPE public.mood USING m::text::public.mood;
-- column public.ee.list
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::public.mood[])::text::public.mood[])::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.ee ALTER COLUMN list TYPE public.mood[] USING backout_undone_1.misfits_16410_3_back(ROW(id)::text, list::text)::text::public.mood[]", "DROP FUNCTION backout_undone_1.misfits_16410_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_3", otherwise: "values of column public.ee.list that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.ee ALTER COLUMN list TYPE public.mood[] USING list::text::public.mood[];
-- type public.mood
DROP TYPE public.backout_rebuilt_16415;
-- default public.users.mood
ALTER TABLE ONLY public.users ALTER COLUMN mood SET DEFAULT 'ok'::public.mood;
-- default public.ee.m
ALTER TABLE ONLY public.ee ALTER COLUMN m SET DEFAULT 'ok'::public.mood;
-- view public.recent
CREATE VIEW public.recent AS  SELECT p.id,
    p.title,
    u.email
   FROM (public.posts p
     JOIN public.users u ON ((u.id = p.user_id)))
  WHERE ((p.state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying]::character varying[])::text[]));

-- parts:
--   column public.ee.id
--   column public.ee.list
--   column public.ee.m
--   column public.users.email
--   column public.users.id
--   column public.users.mood
--   column public.users.note
--   constraint ee_pkey on public.ee
--   constraint users_email_key on public.users
--   constraint users_pkey on public.users
--   default public.ee.m
--   default public.users.id
--   default public.users.mood
--   index public.ee_pkey
--   index public.users_email_key
--   index public.users_pkey
--   policy via on public.users
--   table public.ee
--   table public.users

-- renumbered:
--   (#pg_type:16385:0, "type public.mood")
--   (#pg_class:16404:0, "view public.recent")
--   (#pg_class:16404:1, "column public.recent.id")
--   (#pg_class:16404:2, "column public.recent.title")
--   (#pg_class:16404:3, "column public.recent.email")
--   (#pg_attrdef:16389:0, "default public.users.mood")
--   (#pg_attrdef:16411:0, "default public.ee.m")

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("mood"), copy_schema: "backout_undone_1", copy: "misfits_16387_3", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "ee", column: Some("m"), copy_schema: "backout_undone_1", copy: "misfits_16410_2", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "ee", column: Some("list"), copy_schema: "backout_undone_1", copy: "misfits_16410_3", by: RowOfKey(["id"]), left: Some("NULL") }
