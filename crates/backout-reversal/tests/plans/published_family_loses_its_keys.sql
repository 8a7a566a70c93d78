-- locks:
--   public.pk, ACCESS EXCLUSIVE
--   public.pl, ACCESS EXCLUSIVE

-- steps:
-- table public.pk
ALTER TABLE public.pl RENAME TO backout_renamed_16410_0;
-- table public.pl
ALTER TABLE public.pk RENAME TO backout_renamed_16414_0;
-- table public.pk
ALTER TABLE public.backout_renamed_16410_0 RENAME TO pk;
-- table public.pl
ALTER TABLE public.backout_renamed_16414_0 RENAME TO pl;
-- column public.pk.id
ALTER TABLE public.pk ADD COLUMN id uuid;
-- column public.pk.id
UPDATE ONLY public.pk u SET id = w.id FROM (SELECT i.ctid AS backout_at, ROW(i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n)::text) AS backout_place FROM ONLY public.pk i) t LEFT JOIN (SELECT i.*, ROW(i.n)::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW(i.n)::text) AS backout_place FROM backout_archive_1.rows_25967 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.id, i.n)::text FROM backout_archive_1.rows_25967 i EXCEPT ALL SELECT ROW(i.id, i.n)::text FROM ONLY public.pk i) d; forced None; otherwise rows of public.pk were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_25967; if none None
-- column public.pk.id
ALTER TABLE public.pl REPLICA IDENTITY FULL;
-- column public.pk.id
UPDATE public.pk SET id = gen_random_uuid() WHERE id IS NULL;
-- column public.pk.id
ALTER TABLE public.pl REPLICA IDENTITY DEFAULT;
-- column public.pk.id
ALTER TABLE public.pk ALTER COLUMN id SET NOT NULL;
-- default public.pk.id
ALTER TABLE ONLY public.pk ALTER COLUMN id SET DEFAULT gen_random_uuid();
-- constraint pk_pkey on public.pk
--   may clash: Values, at once None
ALTER TABLE public.pk ADD CONSTRAINT pk_pkey PRIMARY KEY (id);

-- column order:
--   public.pk

-- column order, why:
--   ("public.pk", "others inherit from it")

-- parts:
--   column public.pk.id
--   column public.pk.n
--   column public.pl.id
--   column public.pl.m
--   column public.pl.n
--   constraint pk_pkey on public.pk
--   constraint pl_pkey on public.pl
--   default public.pk.id
--   default public.pl.id
--   index public.pk_pkey
--   index public.pl_pkey
--   table public.pk
--   table public.pl

-- renumbered:
--   (#pg_class:16410:0, "table public.pk")
--   (#pg_class:16410:1, "column public.pk.id")
--   (#pg_class:16412:0, "index public.pk_pkey")
--   (#pg_class:16414:0, "table public.pl")
--   (#pg_class:16414:1, "column public.pl.id")
--   (#pg_class:16416:0, "index public.pl_pkey")
--   (#pg_attrdef:16411:0, "default public.pk.id")
--   (#pg_constraint:16413:0, "constraint pk_pkey on public.pk")
