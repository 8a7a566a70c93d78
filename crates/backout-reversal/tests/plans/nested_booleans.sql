-- locks:
--   public.nt, ACCESS EXCLUSIVE

-- steps:
-- constraint nt_check on public.nt
ALTER TABLE public.nt ADD CONSTRAINT nt_check CHECK ((((v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying]::character varying[])::text[])) AND (((n >= 1) AND (n <= 5))::boolean OR (n = 9)))) NOT VALID;
-- view public.nb
CREATE VIEW public.nb AS  SELECT users.id,
    users.email,
    users.mood,
    users.note
   FROM public.users
  WHERE ((((users.id >= 1) AND (users.id <= 3))::boolean AND (users.note IS NULL))::boolean OR ((users.email)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying]::character varying[])::text[])));

-- tail:
-- constraint nt_check on public.nt: validate, public.nt
ALTER TABLE public.nt VALIDATE CONSTRAINT nt_check;

-- parts:
--   column public.nt.n
--   column public.nt.v
--   constraint nt_check on public.nt
--   table public.nt

-- renumbered:
--   (#pg_class:16410:0, "view public.nb")
--   (#pg_class:16410:1, "column public.nb.id")
--   (#pg_class:16410:2, "column public.nb.email")
--   (#pg_class:16410:3, "column public.nb.mood")
--   (#pg_class:16410:4, "column public.nb.note")
--   (#pg_constraint:16412:0, "constraint nt_check on public.nt")

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.nt t WHERE NOT (((((v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])) AND (((n >= 1) AND (n <= 5)) OR (n = 9)))))", keys: None, object: "constraint nt_check on public.nt", otherwise: "rows do not fit it: it holds for new rows only" }
