-- locks:
--   public.users, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.users.note
CREATE TABLE backout_undone_1.type_16387_4 (id text, backout_value text);

-- steps:
-- column public.users.note
INSERT INTO backout_undone_1.type_16387_4 SELECT t.id::text, t.note::text FROM public.users t WHERE ((t.note::text)::character varying(901))::text IS DISTINCT FROM t.note::text;
-- column public.users.note
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16387_4 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16387_4_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::character varying(901))::text)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16387_4 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.users ALTER COLUMN note TYPE text USING backout_undone_1.misfits_16387_4_back(ROW(id)::text, note::text)::text", "DROP FUNCTION backout_undone_1.misfits_16387_4_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16387_4", otherwise: "values of column public.users.note that were written since do not fit its former type; they lie in backout_undone_1.misfits_16387_4, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.users ALTER COLUMN note TYPE text USING note::text;

-- parts:
--   column public.users.email
--   column public.users.id
--   column public.users.mood
--   column public.users.note
--   constraint users_email_key on public.users
--   constraint users_pkey on public.users
--   default public.users.id
--   default public.users.mood
--   index public.users_email_key
--   index public.users_pkey
--   policy via on public.users
--   table public.users

-- renumbered:
--   (#pg_class:16387:1, "column public.users.id")
--   (#pg_class:16387:2, "column public.users.email")
--   (#pg_class:16387:3, "column public.users.mood")
--   (#pg_class:16387:4, "column public.users.note")
--   (#pg_class:16390:0, "index public.users_pkey")
--   (#pg_class:16392:0, "index public.users_email_key")
--   (#pg_attrdef:16388:0, "default public.users.id")
--   (#pg_attrdef:16389:0, "default public.users.mood")
--   (#pg_constraint:16391:0, "constraint users_pkey on public.users")
--   (#pg_constraint:16393:0, "constraint users_email_key on public.users")
--   (#pg_policy:16408:0, "policy via on public.users")

-- may be set aside:
--   Aside { schema: "public", table: "users", column: Some("note"), copy_schema: "backout_undone_1", copy: "type_16387_4", by: TextKey(["id"]), left: Some("(((c.backout_value::character varying(901))::text)::character varying(901))::text") }
--   Aside { schema: "public", table: "users", column: Some("note"), copy_schema: "backout_undone_1", copy: "misfits_16387_4", by: RowOfKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16387_4", forced: None, otherwise: "values of column public.users.note that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16387_4", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16387_4; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16387_4(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::character varying(901))::text)::character varying(901))::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.users t WHERE t.note IS NOT NULL AND NOT pg_temp.backout_fits_16387_4(t.note::text)", keys: Some("SELECT ROW(t.id)::text FROM public.users t WHERE t.note IS NOT NULL AND NOT pg_temp.backout_fits_16387_4(t.note::text) LIMIT 5"), object: "column public.users.note", otherwise: "values that do not fit its former type are set aside or cut" }
