-- locks:
--   public.hd, ACCESS EXCLUSIVE
--   public.hf, SHARE ROW EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.hd.n
CREATE TABLE backout_undone_1.column_16412_9 (id integer, backout_value text, PRIMARY KEY (id));

-- steps:
-- column public.hd.n
INSERT INTO backout_undone_1.column_16412_9 (id, backout_value) SELECT id, n FROM public.hd WHERE n::text IS DISTINCT FROM (('new'::text)::text)::text;
-- what the migration added
ALTER TABLE public.hd DROP COLUMN IF EXISTS n CASCADE;
-- sequence public.hd_s_seq
ALTER SEQUENCE backout_archive_1."114053 hd_s_seq" SET SCHEMA public;
-- sequence public.hs
ALTER SEQUENCE backout_archive_1."114076 hs" SET SCHEMA public;
-- sequence public.hd_s_seq
ALTER SEQUENCE public."114053 hd_s_seq" RENAME TO hd_s_seq;
-- sequence public.hs
ALTER SEQUENCE public."114076 hs" RENAME TO hs;
-- column public.hd."we""ird"
ALTER TABLE public.hd ADD COLUMN "we""ird" text;
-- column public.hd.n
ALTER TABLE public.hd ADD COLUMN n integer;
-- column public.hd.s
ALTER TABLE public.hd ADD COLUMN s integer;
-- column public.hd.d
ALTER TABLE public.hd ADD COLUMN d timestamp with time zone;
-- column public.hd.k
ALTER TABLE public.hd ADD COLUMN k integer;
-- column public.hd.w
ALTER TABLE public.hd ADD COLUMN w text COLLATE pg_catalog."C";
-- column public.hd.q
ALTER TABLE public.hd ADD COLUMN q integer;
-- column public.hd."we""ird"
UPDATE ONLY public.hd t SET "we""ird" = c.backout_value FROM backout_archive_1.column_114055_2 c WHERE t.id = c.id;
-- column public.hd.n
UPDATE ONLY public.hd t SET n = c.backout_value FROM backout_archive_1.column_114055_3 c WHERE t.id = c.id;
-- column public.hd.s
UPDATE ONLY public.hd t SET s = c.backout_value FROM backout_archive_1.column_114055_4 c WHERE t.id = c.id;
-- column public.hd.d
UPDATE ONLY public.hd t SET d = c.backout_value FROM backout_archive_1.column_114055_5 c WHERE t.id = c.id;
-- column public.hd.k
UPDATE ONLY public.hd t SET k = c.backout_value FROM backout_archive_1.column_114055_6 c WHERE t.id = c.id;
-- column public.hd.w
UPDATE ONLY public.hd t SET w = c.backout_value FROM backout_archive_1.column_114055_7 c WHERE t.id = c.id;
-- column public.hd.q
UPDATE ONLY public.hd t SET q = c.backout_value FROM backout_archive_1.column_114055_8 c WHERE t.id = c.id;
-- column public.hd."we""ird"
UPDATE public.hd SET "we""ird" = 'x'::text WHERE "we""ird" IS NULL;
-- column public.hd."we""ird"
ALTER TABLE public.hd ALTER COLUMN "we""ird" SET NOT NULL;
-- column public.hd."we""ird"
GRANT SELECT ("we""ird") ON TABLE public.hd TO PUBLIC;
-- column public.hd.n
ALTER TABLE ONLY public.hd ALTER COLUMN n SET STATISTICS 55;
-- column public.hd.n
GRANT SELECT (n) ON TABLE public.hd TO PUBLIC;
-- column public.hd.n
COMMENT ON COLUMN public.hd.n IS 'it''s n';
-- column public.hd.s
UPDATE public.hd SET s = nextval('public.hd_s_seq'::regclass) WHERE s IS NULL;
-- column public.hd.s
ALTER TABLE public.hd ALTER COLUMN s SET NOT NULL;
-- column public.hd.d
UPDATE public.hd SET d = now() WHERE d IS NULL;
-- column public.hd.d
ALTER TABLE public.hd ALTER COLUMN d SET NOT NULL;
-- column public.hd.k
GRANT UPDATE (k) ON TABLE public.hd TO PUBLIC;
-- column public.hd.w
--   if all rows of public.hd have a value of w
ALTER TABLE public.hd ALTER COLUMN w SET NOT NULL;
-- column public.hd.w
ALTER TABLE ONLY public.hd ALTER COLUMN w SET STORAGE EXTERNAL;
-- default public.hd."we""ird"
ALTER TABLE ONLY public.hd ALTER COLUMN "we""ird" SET DEFAULT 'x'::text;
-- default public.hd.n
ALTER TABLE ONLY public.hd ALTER COLUMN n SET DEFAULT 7;
-- default public.hd.s
ALTER TABLE ONLY public.hd ALTER COLUMN s SET DEFAULT nextval('public.hd_s_seq'::regclass);
-- default public.hd.d
ALTER TABLE ONLY public.hd ALTER COLUMN d SET DEFAULT now();
-- default public.hd.q
ALTER TABLE ONLY public.hd ALTER COLUMN q SET DEFAULT nextval('public.hs'::regclass);
-- constraint hd_n_check on public.hd
ALTER TABLE public.hd ADD CONSTRAINT hd_n_check CHECK ((n > 0)) NOT VALID;
-- constraint hd_k_key on public.hd
--   may clash: Values, at once None
ALTER TABLE public.hd ADD CONSTRAINT hd_k_key UNIQUE (k);
-- index public.hd_lower_n_idx
CREATE INDEX hd_lower_n_idx ON public.hd USING btree (lower("we""ird"), n) WHERE (n > 1);
-- view public.hv
CREATE VIEW public.hv AS  SELECT hd.id,
    hd.n
   FROM public.hd;
-- materialized view public.hm
CREATE MATERIALIZED VIEW public.hm AS  SELECT hd."we""ird"
   FROM public.hd WITH NO DATA;
-- foreign key hf_k_fkey on public.hf
--   may clash: ForeignKey, at once Some("ALTER TABLE public.hf ADD CONSTRAINT hf_k_fkey FOREIGN KEY (k) REFERENCES public.hd(k)")
ALTER TABLE public.hf ADD CONSTRAINT hf_k_fkey FOREIGN KEY (k) REFERENCES public.hd(k) NOT VALID;
-- statistics hst on public.hd
CREATE STATISTICS public.hst ON n, k FROM public.hd;
-- trigger ht on public.hd
CREATE TRIGGER ht AFTER UPDATE OF k ON public.hd FOR EACH ROW EXECUTE FUNCTION public.touch();
-- policy hp on public.hd
CREATE POLICY hp ON public.hd AS PERMISSIVE FOR ALL USING ((n > 0));
-- sequence public.hd_s_seq
ALTER SEQUENCE public.hd_s_seq OWNED BY public.hd.s;

-- tail:
-- constraint hd_n_check on public.hd: validate, public.hd
ALTER TABLE public.hd VALIDATE CONSTRAINT hd_n_check;
-- materialized view public.hm: refresh
REFRESH MATERIALIZED VIEW public.hm;
-- foreign key hf_k_fkey on public.hf: validate, public.hf
ALTER TABLE public.hf VALIDATE CONSTRAINT hf_k_fkey;

-- parts:
--   column public.hd."we""ird"
--   column public.hd.d
--   column public.hd.id
--   column public.hd.k
--   column public.hd.n
--   column public.hd.q
--   column public.hd.s
--   column public.hd.w
--   column public.hf.k
--   constraint hd_k_key on public.hd
--   constraint hd_n_check on public.hd
--   constraint hd_pkey on public.hd
--   default public.hd."we""ird"
--   default public.hd.d
--   default public.hd.id
--   default public.hd.n
--   default public.hd.q
--   default public.hd.s
--   foreign key hf_k_fkey on public.hf
--   index public.hd_k_key
--   index public.hd_lower_n_idx
--   index public.hd_pkey
--   policy hp on public.hd
--   statistics hst on public.hd
--   table public.hd
--   table public.hf
--   trigger ht on public.hd

-- renumbered:
--   (#pg_class:16411:0, "sequence public.hd_s_seq")
--   (#pg_class:16412:2, "column public.hd.\"we\"\"ird\"")
--   (#pg_class:16412:3, "column public.hd.n")
--   (#pg_class:16412:4, "column public.hd.s")
--   (#pg_class:16412:5, "column public.hd.d")
--   (#pg_class:16412:6, "column public.hd.k")
--   (#pg_class:16412:7, "column public.hd.w")
--   (#pg_class:16412:8, "column public.hd.q")
--   (#pg_class:16421:0, "index public.hd_k_key")
--   (#pg_class:16423:0, "sequence public.hs")
--   (#pg_class:16427:0, "index public.hd_lower_n_idx")
--   (#pg_class:16429:0, "view public.hv")
--   (#pg_class:16429:1, "column public.hv.id")
--   (#pg_class:16429:2, "column public.hv.n")
--   (#pg_class:16430:0, "materialized view public.hm")
--   (#pg_class:16430:1, "column public.hm.\"we\"\"ird\"")
--   (#pg_attrdef:16414:0, "default public.hd.\"we\"\"ird\"")
--   (#pg_attrdef:16415:0, "default public.hd.n")
--   (#pg_attrdef:16416:0, "default public.hd.s")
--   (#pg_attrdef:16417:0, "default public.hd.d")
--   (#pg_attrdef:16424:0, "default public.hd.q")
--   (#pg_constraint:16418:0, "constraint hd_n_check on public.hd")
--   (#pg_constraint:16422:0, "constraint hd_k_key on public.hd")
--   (#pg_constraint:16426:0, "foreign key hf_k_fkey on public.hf")
--   (#pg_trigger:16431:0, "trigger ht on public.hd")
--   (#pg_policy:16432:0, "policy hp on public.hd")
--   (#pg_statistic_ext:16428:0, "statistics hst on public.hd")

-- set aside:
--   SetAside { table: "public.hd", column: "n", copy: "backout_undone_1.column_16412_9", count: "SELECT count(*) FROM public.hd WHERE n::text IS DISTINCT FROM (('new'::text)::text)::text" }

-- may be set aside:
--   Aside { schema: "public", table: "hd", column: Some("n"), copy_schema: "backout_undone_1", copy: "column_16412_9", by: Key(["id"]), left: None }

-- foresights:
--   Foresight { prepare: None, count: "SELECT count(*) FROM public.hd t WHERE NOT EXISTS (SELECT FROM backout_archive_1.column_114055_7 c WHERE c.id::text = t.id::text)", keys: Some("SELECT ROW(t.id)::text FROM public.hd t WHERE NOT EXISTS (SELECT FROM backout_archive_1.column_114055_7 c WHERE c.id::text = t.id::text) LIMIT 5"), object: "column public.hd.w", otherwise: "rows written since have no value for it: it stays nullable" }

-- needs values:
--   NeedsValues { table: "public.hd", column: "w", heirs: ["public.hd"], forced: false }
