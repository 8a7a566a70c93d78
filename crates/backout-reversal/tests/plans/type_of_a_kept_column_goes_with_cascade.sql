-- locks:
--   public.kt, ACCESS EXCLUSIVE

-- steps:
-- domain public.kd
ALTER DOMAIN backout_archive_1."111898 kd" SET SCHEMA public;
-- domain public.kd
ALTER DOMAIN public."111898 kd" RENAME TO kd;
-- column public.kt.gone
ALTER TABLE public.kt ADD COLUMN gone public.kd;
-- column public.kt.w
ALTER TABLE public.kt ADD COLUMN w public.kd;
-- column public.kt.gone
UPDATE ONLY public.kt t SET gone = c.backout_value::text::public.kd FROM backout_archive_1.column_111899_2 c WHERE t.k = c.k;
-- column public.kt.w
UPDATE ONLY public.kt t SET w = c.backout_value::text::public.kd FROM backout_archive_1.column_111899_3 c WHERE t.k = c.k;

-- parts:
--   column public.kt.gone
--   column public.kt.k
--   column public.kt.w
--   constraint kt_pkey on public.kt
--   index public.kt_pkey
--   table public.kt

-- renumbered:
--   (#pg_type:16410:0, "domain public.kd")
--   (#pg_class:16411:2, "column public.kt.gone")
--   (#pg_class:16411:3, "column public.kt.w")
