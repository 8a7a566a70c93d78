-- locks:
--   public.fh, ACCESS EXCLUSIVE
--   public.fi, ACCESS EXCLUSIVE
--   public.fr, ACCESS EXCLUSIVE
--   public.fs, ACCESS EXCLUSIVE

-- steps:
-- policy nothing on public.fh
DROP POLICY IF EXISTS nothing ON public.fh CASCADE;
-- policy recursive on public.fr
DROP POLICY IF EXISTS recursive ON public.fr CASCADE;
-- foreign key fi_r_fkey on public.fi
ALTER TABLE public.fi DROP CONSTRAINT IF EXISTS fi_r_fkey CASCADE;
-- foreign key fs_r_fkey on public.fs
ALTER TABLE public.fs DROP CONSTRAINT IF EXISTS fs_r_fkey CASCADE;
-- constraint fh_pkey on public.fh
ALTER TABLE public.fh DROP CONSTRAINT IF EXISTS fh_pkey CASCADE;
-- constraint fr_pkey on public.fr
ALTER TABLE public.fr DROP CONSTRAINT IF EXISTS fr_pkey CASCADE;
-- table public.fr
ALTER TABLE public.fr NO FORCE ROW LEVEL SECURITY;
-- table public.fr
ALTER TABLE public.fr RENAME TO backout_rebuilt_16410;
-- table public.fr
CREATE TABLE public.fr (id integer NOT NULL, x text, z integer);
-- table public.fr
INSERT INTO public.fr (id, x, z) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.z FROM ONLY public.backout_rebuilt_16410 t LEFT JOIN backout_archive_1.column_174955_2 c2 ON c2.id = t.id;
-- table public.fr
DROP TABLE public.backout_rebuilt_16410;
-- table public.fr
ALTER TABLE public.fr ENABLE ROW LEVEL SECURITY;
-- table public.fr
ALTER TABLE public.fr FORCE ROW LEVEL SECURITY;
-- table public.fh
ALTER TABLE public.fh NO FORCE ROW LEVEL SECURITY;
-- table public.fh
ALTER TABLE public.fh RENAME TO backout_rebuilt_16418;
-- table public.fh
CREATE TABLE public.fh (id integer NOT NULL, x text, z integer);
-- table public.fh
INSERT INTO public.fh (id, x, z) OVERRIDING SYSTEM VALUE SELECT t.id, c2.backout_value, t.z FROM ONLY public.backout_rebuilt_16418 t LEFT JOIN backout_archive_1.column_174973_2 c2 ON c2.id = t.id;
-- table public.fh
DROP TABLE public.backout_rebuilt_16418;
-- table public.fh
ALTER TABLE public.fh ENABLE ROW LEVEL SECURITY;
-- table public.fh
ALTER TABLE public.fh FORCE ROW LEVEL SECURITY;
-- constraint fr_pkey on public.fr
--   may clash: Values, at once None
ALTER TABLE public.fr ADD CONSTRAINT fr_pkey PRIMARY KEY (id);
-- constraint fh_pkey on public.fh
--   may clash: Values, at once None
ALTER TABLE public.fh ADD CONSTRAINT fh_pkey PRIMARY KEY (id);
-- table public.fr
ALTER TABLE public.fr NO FORCE ROW LEVEL SECURITY;
-- foreign key fs_r_fkey on public.fs
--   may clash: ForeignKey, at once None
--   or else: Fallback { statements: ["ALTER TABLE public.fs ADD CONSTRAINT fs_r_fkey FOREIGN KEY (r) REFERENCES public.fr(id) NOT VALID"], count: "SELECT count(*) FROM public.fs t WHERE t.r IS NOT NULL AND NOT EXISTS (SELECT FROM public.fr p WHERE p.id = t.r)", otherwise: "rows refer to nothing: foreign key fs_r_fkey on public.fs holds for new rows only (NOT VALID); mend them as a role that row security does not apply to", mend: ["ALTER TABLE public.fs VALIDATE CONSTRAINT fs_r_fkey"], nullable: [], loosens: Some("foreign key fs_r_fkey on public.fs"), rows: None, if_none: [] }
ALTER TABLE public.fs ADD CONSTRAINT fs_r_fkey FOREIGN KEY (r) REFERENCES public.fr(id);
-- table public.fr
ALTER TABLE public.fr FORCE ROW LEVEL SECURITY;
-- table public.fh
ALTER TABLE public.fh NO FORCE ROW LEVEL SECURITY;
-- foreign key fi_r_fkey on public.fi
--   may clash: ForeignKey, at once None
--   or else: Fallback { statements: ["ALTER TABLE public.fi ADD CONSTRAINT fi_r_fkey FOREIGN KEY (r) REFERENCES public.fh(id) NOT VALID"], count: "SELECT count(*) FROM public.fi t WHERE t.r IS NOT NULL AND NOT EXISTS (SELECT FROM public.fh p WHERE p.id = t.r)", otherwise: "rows refer to nothing: foreign key fi_r_fkey on public.fi holds for new rows only (NOT VALID); mend them as a role that row security does not apply to", mend: ["ALTER TABLE public.fi VALIDATE CONSTRAINT fi_r_fkey"], nullable: [], loosens: Some("foreign key fi_r_fkey on public.fi"), rows: None, if_none: [] }
ALTER TABLE public.fi ADD CONSTRAINT fi_r_fkey FOREIGN KEY (r) REFERENCES public.fh(id);
-- table public.fh
ALTER TABLE public.fh FORCE ROW LEVEL SECURITY;
-- policy recursive on public.fr
CREATE POLICY recursive ON public.fr AS PERMISSIVE FOR ALL USING ((EXISTS ( SELECT
   FROM public.fr o)));
-- policy nothing on public.fh
CREATE POLICY nothing ON public.fh AS PERMISSIVE FOR ALL USING (false);

-- tail:
-- table public.fr: analyze
ANALYZE public.fr;
-- table public.fh: analyze
ANALYZE public.fh;

-- rebuilt:
--   public.fr
--   public.fh

-- remade:
--   #pg_class:16410:0 table public.fr
--   #pg_class:16411:0 index public.fr_pkey
--   #pg_class:16418:0 table public.fh
--   #pg_class:16419:0 index public.fh_pkey
--   #pg_constraint:16412:0 constraint fr_pkey on public.fr
--   #pg_constraint:16417:0 foreign key fs_r_fkey on public.fs
--   #pg_constraint:16420:0 constraint fh_pkey on public.fh
--   #pg_constraint:16424:0 foreign key fi_r_fkey on public.fi
--   #pg_policy:16413:0 policy recursive on public.fr
--   #pg_policy:16425:0 policy nothing on public.fh

-- parts:
--   column public.fh.id
--   column public.fh.x
--   column public.fh.z
--   column public.fi.k
--   column public.fi.r
--   column public.fr.id
--   column public.fr.x
--   column public.fr.z
--   column public.fs.k
--   column public.fs.r
--   constraint fh_pkey on public.fh
--   constraint fi_pkey on public.fi
--   constraint fr_pkey on public.fr
--   constraint fs_pkey on public.fs
--   foreign key fi_r_fkey on public.fi
--   foreign key fs_r_fkey on public.fs
--   index public.fh_pkey
--   index public.fi_pkey
--   index public.fr_pkey
--   index public.fs_pkey
--   policy nothing on public.fh
--   policy recursive on public.fr
--   table public.fh
--   table public.fi
--   table public.fr
--   table public.fs

-- renumbered:
--   (#pg_class:16410:0, "table public.fr")
--   (#pg_class:16410:1, "column public.fr.id")
--   (#pg_class:16410:2, "column public.fr.x")
--   (#pg_class:16410:3, "column public.fr.z")
--   (#pg_class:16411:0, "index public.fr_pkey")
--   (#pg_class:16418:0, "table public.fh")
--   (#pg_class:16418:1, "column public.fh.id")
--   (#pg_class:16418:2, "column public.fh.x")
--   (#pg_class:16418:3, "column public.fh.z")
--   (#pg_class:16419:0, "index public.fh_pkey")
--   (#pg_constraint:16412:0, "constraint fr_pkey on public.fr")
--   (#pg_constraint:16417:0, "foreign key fs_r_fkey on public.fs")
--   (#pg_constraint:16420:0, "constraint fh_pkey on public.fh")
--   (#pg_constraint:16424:0, "foreign key fi_r_fkey on public.fi")
--   (#pg_policy:16413:0, "policy recursive on public.fr")
--   (#pg_policy:16425:0, "policy nothing on public.fh")
