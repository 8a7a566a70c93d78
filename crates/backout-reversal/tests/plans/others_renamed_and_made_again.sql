-- locks:
--   public.cs, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
ALTER TABLE public.cs SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.cs RENAME TO "16423 cs";
-- what the migration added
ALTER TABLE backout_undone_1."16423 cs" RENAME CONSTRAINT cs_pkey TO "16425 cs_pkey";
-- text search configuration public.cfg
DROP TEXT SEARCH CONFIGURATION IF EXISTS public.cfg;
-- text search dictionary public.dict
DROP TEXT SEARCH DICTIONARY IF EXISTS public.dict;
-- conversion public.conv
DROP CONVERSION IF EXISTS public.conv;
-- collation public.co
ALTER COLLATION public.co RENAME TO backout_renamed_16419_0;
-- collation public.co
ALTER COLLATION public.cp RENAME TO co;
-- conversion public.conv
ALTER CONVERSION public.conw RENAME TO conv;
-- text search configuration public.cfg
ALTER TEXT SEARCH CONFIGURATION public.cfh RENAME TO cfg;
-- text search dictionary public.dict
ALTER TEXT SEARCH DICTIONARY public.dicu RENAME TO dict;
-- column public.ct.v
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16411_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16411_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::text)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16411_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.ct ALTER COLUMN v TYPE text COLLATE public.co USING backout_undone_1.misfits_16411_2_back(ROW(id)::text, v::text)::text", "DROP FUNCTION backout_undone_1.misfits_16411_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16411_2", otherwise: "values of column public.ct.v that were written since do not fit its former type; they lie in backout_undone_1.misfits_16411_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.ct ALTER COLUMN v TYPE text COLLATE public.co USING v::text::text;
-- collation public.co
ALTER COLLATION public.backout_renamed_16419_0 SET SCHEMA backout_undone_1;

-- renumbered:
--   (#pg_collation:16410:0, "collation public.co")
--   (#pg_conversion:16416:0, "conversion public.conv")
--   (#pg_ts_config:16414:0, "text search configuration public.cfg")
--   (#pg_ts_dict:16415:0, "text search dictionary public.dict")

-- moved aside:
--   Moved { id: #pg_class:16423:0, identity: "table public.cs", from_schema: "public", to_schema: "backout_undone_1", name: "cs", kept_as: "16423 cs" }

-- may be set aside:
--   Aside { schema: "public", table: "ct", column: Some("v"), copy_schema: "backout_undone_1", copy: "misfits_16411_2", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "public", table: "cs", column: None, copy_schema: "backout_undone_1", copy: "16423 cs", by: Rows, left: None }
