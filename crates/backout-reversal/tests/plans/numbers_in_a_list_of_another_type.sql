-- locks:
--   public.nl, ACCESS EXCLUSIVE

-- steps:
-- column public.nl.n
ALTER TABLE public.nl ADD COLUMN n bigint;
-- column public.nl.k
ALTER TABLE public.nl ADD COLUMN k numeric;
-- column public.nl.b
ALTER TABLE public.nl ADD COLUMN b numeric;
-- column public.nl.n
UPDATE ONLY public.nl t SET n = c.backout_value FROM backout_archive_1.column_24971_2 c WHERE t.id = c.id;
-- column public.nl.k
UPDATE ONLY public.nl t SET k = c.backout_value FROM backout_archive_1.column_24971_3 c WHERE t.id = c.id;
-- column public.nl.b
UPDATE ONLY public.nl t SET b = c.backout_value FROM backout_archive_1.column_24971_4 c WHERE t.id = c.id;
-- constraint nl_n_check on public.nl
ALTER TABLE public.nl ADD CONSTRAINT nl_n_check CHECK ((n = ANY (ARRAY[1, 2, '-3'::integer]))) NOT VALID;
-- constraint nl_b_check on public.nl
ALTER TABLE public.nl ADD CONSTRAINT nl_b_check CHECK ((b = ANY ((ARRAY[(1)::bigint, '5000000000'::bigint]::bigint[])::numeric[]))) NOT VALID;
-- index public.nli
CREATE INDEX nli ON public.nl USING btree (k) WHERE (k = ANY ((ARRAY[1, 2]::integer[])::numeric[]));
-- view public.nlv
CREATE VIEW public.nlv AS  SELECT nl.id
   FROM public.nl
  WHERE (nl.n = ANY (ARRAY[(1)::bigint, (2)::bigint]));

-- tail:
-- constraint nl_n_check on public.nl: validate, public.nl
ALTER TABLE public.nl VALIDATE CONSTRAINT nl_n_check;
-- constraint nl_b_check on public.nl: validate, public.nl
ALTER TABLE public.nl VALIDATE CONSTRAINT nl_b_check;

-- parts:
--   column public.nl.b
--   column public.nl.id
--   column public.nl.k
--   column public.nl.n
--   constraint nl_b_check on public.nl
--   constraint nl_n_check on public.nl
--   constraint nl_pkey on public.nl
--   index public.nl_pkey
--   index public.nli
--   table public.nl

-- renumbered:
--   (#pg_class:16410:2, "column public.nl.n")
--   (#pg_class:16410:3, "column public.nl.k")
--   (#pg_class:16410:4, "column public.nl.b")
--   (#pg_class:16413:0, "index public.nli")
--   (#pg_class:16416:0, "view public.nlv")
--   (#pg_class:16416:1, "column public.nlv.id")
--   (#pg_constraint:16414:0, "constraint nl_n_check on public.nl")
--   (#pg_constraint:16415:0, "constraint nl_b_check on public.nl")
