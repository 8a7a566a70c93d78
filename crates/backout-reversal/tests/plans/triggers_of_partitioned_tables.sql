-- locks:
--   public.m, ACCESS EXCLUSIVE
--   public.m1, ACCESS EXCLUSIVE
--   public.m11, ACCESS EXCLUSIVE

-- steps:
-- trigger around on public.m
DROP TRIGGER IF EXISTS around ON public.m CASCADE;
-- trigger replaced on public.m
DROP TRIGGER IF EXISTS replaced ON public.m CASCADE;
-- trigger renamed on public.m
ALTER TRIGGER renamed2 ON public.m RENAME TO renamed;
-- column public.m.n
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16410_3 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16410_3_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::bigint)::integer)::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16410_3 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.m ALTER COLUMN n TYPE integer USING backout_undone_1.misfits_16410_3_back(ROW(n)::text, n::text)::integer", "DROP FUNCTION backout_undone_1.misfits_16410_3_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16410_3", otherwise: "values of column public.m.n that were written since do not fit its former type; they lie in backout_undone_1.misfits_16410_3, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.m ALTER COLUMN n TYPE integer USING n::integer;
-- trigger off on public.m
ALTER TABLE ONLY public.m ENABLE TRIGGER off;
-- trigger off on public.m1
ALTER TABLE ONLY public.m1 ENABLE TRIGGER off;
-- trigger replaced on public.m
CREATE TRIGGER replaced BEFORE UPDATE ON public.m FOR EACH ROW EXECUTE FUNCTION public.touch();
-- trigger around on public.m
CREATE TRIGGER around BEFORE UPDATE OF n ON public.m FOR EACH ROW EXECUTE FUNCTION public.touch();

-- remade:
--   #pg_trigger:16416:0 trigger replaced on public.m
--   #pg_trigger:16417:0 trigger replaced on public.m1
--   #pg_trigger:16418:0 trigger replaced on public.m11

-- parts:
--   column public.m.at
--   column public.m.id
--   column public.m.n
--   column public.m1.at
--   column public.m1.id
--   column public.m1.n
--   column public.m11.at
--   column public.m11.id
--   column public.m11.n
--   table public.m
--   table public.m1
--   table public.m11
--   trigger around on public.m
--   trigger around on public.m1
--   trigger around on public.m11
--   trigger off on public.m
--   trigger off on public.m1
--   trigger off on public.m11
--   trigger renamed on public.m
--   trigger renamed on public.m1
--   trigger renamed on public.m11
--   trigger replaced on public.m
--   trigger replaced on public.m1
--   trigger replaced on public.m11

-- renumbered:
--   (#pg_class:16410:1, "column public.m.id")
--   (#pg_class:16410:2, "column public.m.at")
--   (#pg_class:16410:3, "column public.m.n")
--   (#pg_class:16411:1, "column public.m1.id")
--   (#pg_class:16411:2, "column public.m1.at")
--   (#pg_class:16411:3, "column public.m1.n")
--   (#pg_class:16412:1, "column public.m11.id")
--   (#pg_class:16412:2, "column public.m11.at")
--   (#pg_class:16412:3, "column public.m11.n")
--   (#pg_trigger:16413:0, "trigger renamed on public.m")
--   (#pg_trigger:16414:0, "trigger renamed on public.m1")
--   (#pg_trigger:16415:0, "trigger renamed on public.m11")
--   (#pg_trigger:16416:0, "trigger replaced on public.m")
--   (#pg_trigger:16417:0, "trigger replaced on public.m1")
--   (#pg_trigger:16418:0, "trigger replaced on public.m11")
--   (#pg_trigger:16419:0, "trigger around on public.m")
--   (#pg_trigger:16420:0, "trigger around on public.m1")
--   (#pg_trigger:16421:0, "trigger around on public.m11")
--   (#pg_trigger:16422:0, "trigger off on public.m")
--   (#pg_trigger:16423:0, "trigger off on public.m1")
--   (#pg_trigger:16424:0, "trigger off on public.m11")

-- may be set aside:
--   Aside { schema: "public", table: "m", column: Some("n"), copy_schema: "backout_undone_1", copy: "misfits_16410_3", by: Nothing, left: Some("NULL") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16410_3(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN (($1::bigint)::integer) IS NOT NULL; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.m t WHERE t.n IS NOT NULL AND NOT pg_temp.backout_fits_16410_3(t.n::text)", keys: None, object: "column public.m.n", otherwise: "values that do not fit its former type are set aside or cut" }
