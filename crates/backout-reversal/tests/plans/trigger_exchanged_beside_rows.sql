-- locks:
--   public.tg, ACCESS EXCLUSIVE

-- steps:
-- what the migration added
DROP TRIGGER IF EXISTS t ON public.tg CASCADE;
-- rows that the migration changed
SET CONSTRAINTS ALL IMMEDIATE;
-- table public.tg
--   expected: 2 rows, otherwise rows of table public.tg were changed again or deleted since; their columns that the migration changed and nobody else have their former values
UPDATE ONLY public.tg t SET k = m.k FROM backout_archive_1.rows_72908_1 m JOIN backout_archive_1.rows_72908_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND (t.k::text IS NOT DISTINCT FROM p.k::text OR t.k::text IS NOT DISTINCT FROM m.k::text);
-- table public.tg
--   only after a shortfall
UPDATE ONLY public.tg t SET k = CASE WHEN t.k::text IS NOT DISTINCT FROM p.k::text THEN m.k ELSE t.k END FROM backout_archive_1.rows_72908_1 m JOIN backout_archive_1.rows_72908_1 p ON m.id = p.id WHERE NOT m.backout_new AND p.backout_new AND t.id = m.id AND ((t.k::text IS NOT DISTINCT FROM p.k::text AND m.k::text IS DISTINCT FROM p.k::text));
-- trigger t on public.tg
CREATE TRIGGER t BEFORE INSERT ON public.tg FOR EACH ROW EXECUTE FUNCTION public.touch();

-- parts:
--   column public.tg.id
--   column public.tg.k
--   constraint tg_pkey on public.tg
--   index public.tg_pkey
--   table public.tg
--   trigger t on public.tg

-- renumbered:
--   (#pg_trigger:16413:0, "trigger t on public.tg")
