-- locks:
--   sa.t, ACCESS EXCLUSIVE
--   sa.u, ACCESS EXCLUSIVE
--   sb.t, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- function sb.f(sb.m)
DROP FUNCTION IF EXISTS sb.f(sb.m) CASCADE;
-- what the migration added
ALTER TABLE sa.t SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.t RENAME TO "16427 t";
-- what the migration added
ALTER TABLE backout_undone_1."16427 t" RENAME CONSTRAINT t_pkey TO "16429 t_pkey";
-- type sa.n
ALTER TYPE sa.n RENAME TO backout_rebuilt_16434;
-- schema sa
ALTER SCHEMA sa RENAME TO backout_renamed_16426_0;
-- schema sa
ALTER SCHEMA sb RENAME TO sa;
-- table sa.u
ALTER TABLE backout_archive_1_2."158304 u" SET SCHEMA sa;
-- table public.moved
ALTER TABLE backout_renamed_16426_0.u SET SCHEMA public;
-- table public.moved
ALTER TABLE public.u RENAME TO moved;
-- table sa.u
ALTER TABLE sa."158304 u" RENAME TO u;
-- column public.moved.t
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1_2", "CREATE TABLE backout_undone_1_2.misfits_16420_2 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1_2.misfits_16420_2_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::sa.n)::text::text)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1_2.misfits_16420_2 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.moved ALTER COLUMN t TYPE text USING backout_undone_1_2.misfits_16420_2_back(ROW(id)::text, t::text)::text", "DROP FUNCTION backout_undone_1_2.misfits_16420_2_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1_2.misfits_16420_2", otherwise: "values of column public.moved.t that were written since do not fit its former type; they lie in backout_undone_1_2.misfits_16420_2, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.moved ALTER COLUMN t TYPE text USING t::text::text;
-- default sa.t.id
ALTER TABLE ONLY sa.t ALTER COLUMN id SET DEFAULT nextval('sa.t_id_seq'::regclass);
-- type sa.n
DROP TYPE backout_renamed_16426_0.backout_rebuilt_16434;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table sa.t
--   expected: 2 rows, otherwise rows of table sa.t were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY sa.t t SET m = m.m::text::sa.m FROM backout_archive_1.rows_158298_1 m JOIN backout_archive_1.rows_158298_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.m::text IS NOT DISTINCT FROM p.m::text OR t.m::text IS NOT DISTINCT FROM m.m::text);
-- table sa.t
--   only after a shortfall
UPDATE ONLY sa.t t SET m = CASE WHEN t.m::text IS NOT DISTINCT FROM p.m::text THEN m.m::text::sa.m ELSE t.m END FROM backout_archive_1.rows_158298_1 m JOIN backout_archive_1.rows_158298_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.m::text IS NOT DISTINCT FROM p.m::text AND m.m::text IS DISTINCT FROM p.m::text));
-- function sa.f(sa.m)
CREATE OR REPLACE FUNCTION sa.f(sa.m)
 RETURNS sa.m
 LANGUAGE sql
AS $function$SELECT $1$function$
;
-- collation sb.d
DROP COLLATION IF EXISTS sa.d;
-- collation sa.c
DROP COLLATION IF EXISTS backout_renamed_16426_0.c;
-- what the migration added
DROP SCHEMA IF EXISTS backout_renamed_16426_0;

-- closing:
-- the archive, empty again
DROP SCHEMA IF EXISTS backout_archive_1_2;

-- remade:
--   #pg_proc:16423:0 function sa.f(sa.m)

-- parts:
--   column public.moved.id
--   column public.moved.t
--   column sa.t.id
--   column sa.t.m
--   column sa.u.id
--   constraint moved_pkey on public.moved
--   constraint t_pkey on sa.t
--   default sa.t.id
--   index public.moved_pkey
--   index sa.t_pkey
--   table public.moved
--   table sa.t
--   table sa.u

-- renumbered:
--   (#pg_namespace:16410:0, "schema sa")
--   (#pg_type:16411:0, "type sa.m")
--   (#pg_proc:16423:0, "function sa.f(sa.m)")
--   (#pg_class:16412:0, "sequence sa.t_id_seq")
--   (#pg_class:16413:0, "table sa.t")
--   (#pg_class:16413:2, "column sa.t.m")
--   (#pg_class:16415:0, "index sa.t_pkey")
--   (#pg_class:16417:0, "table sa.u")
--   (#pg_class:16417:1, "column sa.u.id")
--   (#pg_class:16419:0, "view sa.v")
--   (#pg_class:16419:2, "column sa.v.m")
--   (#pg_class:16420:0, "table public.moved")
--   (#pg_class:16420:1, "column public.moved.id")
--   (#pg_class:16420:2, "column public.moved.t")
--   (#pg_class:16421:0, "index public.moved_pkey")
--   (#pg_attrdef:16414:0, "default sa.t.id")
--   (#pg_constraint:16422:0, "constraint moved_pkey on public.moved")
--   (#pg_collation:16418:0, "collation sa.c")

-- moved aside:
--   Moved { id: #pg_class:16427:0, identity: "table sa.t", from_schema: "sa", to_schema: "backout_undone_1", name: "t", kept_as: "16427 t" }

-- may be set aside:
--   Aside { schema: "sa", table: "u", column: Some("t"), copy_schema: "backout_undone_1_2", copy: "misfits_16420_2", by: RowOfKey(["id"]), left: Some("NULL") }
--   Aside { schema: "sa", table: "t", column: None, copy_schema: "backout_undone_1", copy: "16427 t", by: Rows, left: None }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16420_2(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::sa.n)::text::text) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM sa.u t WHERE t.t IS NOT NULL AND NOT pg_temp.backout_fits_16420_2(t.t::text)", keys: Some("SELECT ROW(t.id)::text FROM sa.u t WHERE t.t IS NOT NULL AND NOT pg_temp.backout_fits_16420_2(t.t::text) LIMIT 5"), object: "column public.moved.t", otherwise: "values that do not fit its former type are set aside or cut" }
