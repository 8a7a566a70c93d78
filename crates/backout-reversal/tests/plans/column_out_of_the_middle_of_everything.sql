-- locks:
--   public.boxes, ACCESS EXCLUSIVE
--   public.depots, ACCESS EXCLUSIVE
--   public.inside, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- before the locks:
-- column public.boxes.extra
CREATE TABLE backout_undone_1.column_16415_11 (id integer, backout_value text, PRIMARY KEY (id));
-- column public.boxes."we""ird"
CREATE TABLE backout_undone_1.type_16415_5 (id text, backout_value text);

-- steps:
-- column public.boxes.extra
ALTER TABLE public.boxes NO FORCE ROW LEVEL SECURITY;
-- column public.boxes.extra
INSERT INTO backout_undone_1.column_16415_11 (id, backout_value) SELECT id, extra FROM public.boxes WHERE extra::text IS DISTINCT FROM (('e'::text)::text)::text;
-- column public.boxes.extra
ALTER TABLE public.boxes FORCE ROW LEVEL SECURITY;
-- public.boxes in publication pub
ALTER PUBLICATION pub DROP TABLE ONLY public.boxes;
-- policy all_of on public.boxes
DROP POLICY IF EXISTS all_of ON public.boxes CASCADE;
-- policy p on public.boxes
DROP POLICY IF EXISTS p ON public.boxes CASCADE;
-- trigger off on public.boxes
DROP TRIGGER IF EXISTS off ON public.boxes CASCADE;
-- trigger one on public.boxes
DROP TRIGGER IF EXISTS one ON public.boxes CASCADE;
-- rule r on public.boxes
DROP RULE IF EXISTS r ON public.boxes CASCADE;
-- statistics boxes_stat on public.boxes
DROP STATISTICS IF EXISTS public.boxes_stat;
-- foreign key inside_box_fkey on public.inside
ALTER TABLE public.inside DROP CONSTRAINT IF EXISTS inside_box_fkey CASCADE;
-- foreign key boxes_parent_fkey on public.boxes
ALTER TABLE public.boxes DROP CONSTRAINT IF EXISTS boxes_parent_fkey CASCADE;
-- foreign key boxes_depot_fkey on public.boxes
ALTER TABLE public.boxes DROP CONSTRAINT IF EXISTS boxes_depot_fkey CASCADE;
-- index public.mbi
DROP INDEX IF EXISTS public.mbi CASCADE;
-- materialized view public.mb
DROP MATERIALIZED VIEW IF EXISTS public.mb CASCADE;
-- view public.labels
DROP VIEW IF EXISTS public.labels CASCADE;
-- view public.vvb
DROP VIEW IF EXISTS public.vvb CASCADE;
-- view public.vb
DROP VIEW IF EXISTS public.vb CASCADE;
-- index public.boxes_lower
DROP INDEX IF EXISTS public.boxes_lower CASCADE;
-- index public.boxes_depot
DROP INDEX IF EXISTS public.boxes_depot CASCADE;
-- constraint unchecked on public.boxes
ALTER TABLE public.boxes DROP CONSTRAINT IF EXISTS unchecked CASCADE;
-- constraint boxes_x_excl on public.boxes
ALTER TABLE public.boxes DROP CONSTRAINT IF EXISTS boxes_x_excl CASCADE;
-- constraint boxes_pkey on public.boxes
ALTER TABLE public.boxes DROP CONSTRAINT IF EXISTS boxes_pkey CASCADE;
-- constraint boxes_check on public.boxes
ALTER TABLE public.boxes DROP CONSTRAINT IF EXISTS boxes_check CASCADE;
-- function public.atomic()
DROP FUNCTION IF EXISTS public.atomic() CASCADE;
-- function public.label(b public.boxes)
DROP FUNCTION IF EXISTS public.label(b public.boxes) CASCADE;
-- function public.first_box()
DROP FUNCTION IF EXISTS public.first_box() CASCADE;
-- what the migration added
ALTER TABLE public.boxes DROP COLUMN IF EXISTS extra CASCADE;
-- column public.boxes."we""ird"
ALTER TABLE public.boxes NO FORCE ROW LEVEL SECURITY;
-- column public.boxes."we""ird"
INSERT INTO backout_undone_1.type_16415_5 SELECT t.id::text, t."we""ird"::text FROM public.boxes t WHERE ((t."we""ird"::character varying(9))::text)::text IS DISTINCT FROM t."we""ird"::text;
-- column public.boxes."we""ird"
ALTER TABLE public.boxes FORCE ROW LEVEL SECURITY;
-- column public.boxes."we""ird"
--   or else: Fallback { statements: ["CREATE SCHEMA IF NOT EXISTS backout_undone_1", "CREATE TABLE backout_undone_1.misfits_16415_5 (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)", "CREATE FUNCTION backout_undone_1.misfits_16415_5_back(text, text) RETURNS text LANGUAGE plpgsql AS 'DECLARE former text; BEGIN RETURN (($2::text)::character varying(9))::text; EXCEPTION WHEN data_exception OR check_violation THEN  INSERT INTO backout_undone_1.misfits_16415_5 (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END'", "ALTER TABLE public.boxes ALTER COLUMN \"we\"\"ird\" TYPE character varying(9) COLLATE pg_catalog.\"C\" USING backout_undone_1.misfits_16415_5_back(ROW(id)::text, \"we\"\"ird\"::text)::character varying(9)", "DROP FUNCTION backout_undone_1.misfits_16415_5_back(text, text)"], count: "SELECT count(*) FROM backout_undone_1.misfits_16415_5", otherwise: "values of column public.boxes.\"we\"\"ird\" that were written since do not fit its former type; they lie in backout_undone_1.misfits_16415_5, by the key of their rows", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.boxes ALTER COLUMN "we""ird" TYPE character varying(9) COLLATE pg_catalog."C" USING "we""ird"::character varying(9);
-- table public.boxes
ALTER TABLE public.boxes NO FORCE ROW LEVEL SECURITY;
-- table public.boxes
ALTER SEQUENCE public.boxes_id_seq OWNED BY NONE;
-- table public.boxes
ALTER SEQUENCE public.boxes_n_seq RENAME TO backout_rebuilt_16413;
-- table public.boxes
ALTER TABLE public.boxes RENAME TO backout_rebuilt_16415;
-- table public.boxes
CREATE TABLE public.boxes (n integer NOT NULL, gone text, also integer, id integer NOT NULL, "we""ird" character varying(9) COLLATE pg_catalog."C", wide text, depot integer NOT NULL, parent integer, twice integer GENERATED ALWAYS AS ((also * 2)) STORED, x point) WITH (fillfactor='80', toast.autovacuum_enabled='false');
-- table public.boxes
ALTER TABLE public.boxes ALTER COLUMN n ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.boxes_n_seq INCREMENT BY 3 MINVALUE 1 MAXVALUE 2147483647 START WITH 5 CACHE 1);
-- table public.boxes
ALTER TABLE ONLY public.boxes ALTER COLUMN wide SET STORAGE EXTERNAL;
-- table public.boxes
ALTER TABLE ONLY public.boxes ALTER COLUMN wide SET COMPRESSION pglz;
-- table public.boxes
ALTER TABLE ONLY public.boxes ALTER COLUMN wide SET STATISTICS 77;
-- table public.boxes
ALTER TABLE ONLY public.boxes ALTER COLUMN depot SET (n_distinct=5);
-- table public.boxes
INSERT INTO public.boxes (n, gone, also, id, "we""ird", wide, depot, parent, x) OVERRIDING SYSTEM VALUE SELECT t.n, coalesce(c2.backout_value, ('g'::text)::text), t.also, t.id, t."we""ird", t.wide, t.depot, t.parent, t.x FROM ONLY public.backout_rebuilt_16415 t LEFT JOIN backout_archive_1.column_53349_2 c2 ON c2.id = t.id;
-- column public.boxes.gone
ALTER TABLE public.boxes ALTER COLUMN gone SET NOT NULL;
-- table public.boxes
SELECT pg_catalog.setval('public.boxes_n_seq', s.last_value, s.is_called) FROM public.backout_rebuilt_16413 s;
-- table public.boxes
DROP TABLE public.backout_rebuilt_16415;
-- table public.boxes
ALTER SEQUENCE public.boxes_id_seq OWNED BY public.boxes.id;
-- table public.boxes
ALTER TABLE public.boxes ENABLE ROW LEVEL SECURITY;
-- table public.boxes
ALTER TABLE public.boxes FORCE ROW LEVEL SECURITY;
-- table public.boxes
GRANT INSERT, SELECT ON TABLE public.boxes TO PUBLIC;
-- table public.boxes
COMMENT ON TABLE public.boxes IS 'it''s boxes';
-- column public.boxes.gone
COMMENT ON COLUMN public.boxes.gone IS 'soon';
-- column public.boxes.also
GRANT UPDATE (also) ON TABLE public.boxes TO PUBLIC;
-- column public.boxes."we""ird"
COMMENT ON COLUMN public.boxes."we""ird" IS 'odd';
-- column public.boxes.wide
GRANT UPDATE (wide) ON TABLE public.boxes TO PUBLIC;
-- sequence public.boxes_n_seq
GRANT USAGE ON SEQUENCE public.boxes_n_seq TO PUBLIC;
-- sequence public.boxes_n_seq
COMMENT ON SEQUENCE public.boxes_n_seq IS 'nn';
-- function public.first_box()
CREATE OR REPLACE FUNCTION public.first_box()
 RETURNS SETOF public.boxes
 LANGUAGE sql
 STABLE
AS $function$SELECT * FROM boxes$function$
;
-- function public.label(b public.boxes)
CREATE OR REPLACE FUNCTION public.label(b public.boxes)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT b.wide $function$
;
-- function public.atomic()
CREATE OR REPLACE FUNCTION public.atomic()
 RETURNS bigint
 LANGUAGE sql
BEGIN ATOMIC
 SELECT count(*) AS count
    FROM public.boxes;
END
;
-- default public.boxes.gone
ALTER TABLE ONLY public.boxes ALTER COLUMN gone SET DEFAULT 'g'::text;
-- default public.boxes.id
ALTER TABLE ONLY public.boxes ALTER COLUMN id SET DEFAULT nextval('public.boxes_id_seq'::regclass);
-- constraint boxes_check on public.boxes
ALTER TABLE public.boxes ADD CONSTRAINT boxes_check CHECK (((wide = ANY (ARRAY['a'::text, 'b'::text, 'w'::text])) OR (((also >= 1) AND (also <= 3))::boolean AND (depot > 0)))) NOT VALID;
-- constraint boxes_pkey on public.boxes
--   may clash: Values, at once None
ALTER TABLE public.boxes ADD CONSTRAINT boxes_pkey PRIMARY KEY (id);
-- constraint boxes_pkey on public.boxes
COMMENT ON CONSTRAINT boxes_pkey ON public.boxes IS 'pk';
-- constraint boxes_x_excl on public.boxes
--   may clash: Values, at once None
ALTER TABLE public.boxes ADD CONSTRAINT boxes_x_excl EXCLUDE USING gist (x WITH ~=);
-- constraint unchecked on public.boxes
ALTER TABLE public.boxes ADD CONSTRAINT unchecked CHECK ((depot < 99)) NOT VALID;
-- index public.boxes_pkey
ALTER INDEX public.boxes_pkey SET (fillfactor='70');
-- index public.boxes_pkey
ALTER TABLE public.boxes CLUSTER ON boxes_pkey;
-- index public.boxes_depot
--   may clash: Values, at once None
CREATE UNIQUE INDEX boxes_depot ON public.boxes USING btree (depot, id) INCLUDE (wide);
-- index public.boxes_depot
ALTER TABLE public.boxes REPLICA IDENTITY USING INDEX boxes_depot;
-- index public.boxes_lower
CREATE INDEX boxes_lower ON public.boxes USING btree (lower(wide), ((also + 1)) DESC NULLS LAST);
-- index public.boxes_lower
ALTER INDEX public.boxes_lower ALTER COLUMN 1 SET STATISTICS 55;
-- index public.boxes_lower
COMMENT ON INDEX public.boxes_lower IS 'ix';
-- index public.gone_too
CREATE INDEX gone_too ON public.boxes USING btree (gone);
-- view public.vb
CREATE VIEW public.vb WITH (security_barrier='true') AS  SELECT boxes.id,
    boxes.wide,
    boxes.n
   FROM public.boxes;
-- view public.vb
GRANT SELECT ON TABLE public.vb TO PUBLIC;
-- column public.vb.wide
COMMENT ON COLUMN public.vb.wide IS 'vw';
-- view public.vvb
CREATE VIEW public.vvb AS  SELECT v.id,
    count(*) AS count
   FROM public.vb v
  GROUP BY v.id;
-- view public.labels
CREATE VIEW public.labels AS  SELECT public.label(b.*) AS label
   FROM public.boxes b;
-- materialized view public.mb
CREATE MATERIALIZED VIEW public.mb AS  SELECT boxes.depot,
    count(*) AS c
   FROM public.boxes
  GROUP BY boxes.depot WITH NO DATA;
-- index public.mbi
CREATE UNIQUE INDEX mbi ON public.mb USING btree (depot);
-- table public.boxes
ALTER TABLE public.boxes NO FORCE ROW LEVEL SECURITY;
-- foreign key boxes_depot_fkey on public.boxes
--   or else: Fallback { statements: ["ALTER TABLE public.boxes ADD CONSTRAINT boxes_depot_fkey FOREIGN KEY (depot) REFERENCES public.depots(id) ON UPDATE CASCADE DEFERRABLE NOT VALID"], count: "SELECT count(*) FROM public.boxes t WHERE t.depot IS NOT NULL AND NOT EXISTS (SELECT FROM public.depots p WHERE p.id = t.depot)", otherwise: "rows refer to nothing: foreign key boxes_depot_fkey on public.boxes holds for new rows only (NOT VALID); mend them as a role that row security does not apply to", mend: ["ALTER TABLE public.boxes VALIDATE CONSTRAINT boxes_depot_fkey"], nullable: [], loosens: Some("foreign key boxes_depot_fkey on public.boxes"), rows: None, if_none: [] }
ALTER TABLE public.boxes ADD CONSTRAINT boxes_depot_fkey FOREIGN KEY (depot) REFERENCES public.depots(id) ON UPDATE CASCADE DEFERRABLE;
-- table public.boxes
ALTER TABLE public.boxes FORCE ROW LEVEL SECURITY;
-- table public.boxes
ALTER TABLE public.boxes NO FORCE ROW LEVEL SECURITY;
-- foreign key boxes_parent_fkey on public.boxes
--   may clash: ForeignKey, at once None
--   or else: Fallback { statements: ["ALTER TABLE public.boxes ADD CONSTRAINT boxes_parent_fkey FOREIGN KEY (parent) REFERENCES public.boxes(id) NOT VALID"], count: "SELECT count(*) FROM public.boxes t WHERE t.parent IS NOT NULL AND NOT EXISTS (SELECT FROM public.boxes p WHERE p.id = t.parent)", otherwise: "rows refer to nothing: foreign key boxes_parent_fkey on public.boxes holds for new rows only (NOT VALID); mend them as a role that row security does not apply to", mend: ["ALTER TABLE public.boxes VALIDATE CONSTRAINT boxes_parent_fkey"], nullable: [], loosens: Some("foreign key boxes_parent_fkey on public.boxes"), rows: None, if_none: [] }
ALTER TABLE public.boxes ADD CONSTRAINT boxes_parent_fkey FOREIGN KEY (parent) REFERENCES public.boxes(id);
-- table public.boxes
ALTER TABLE public.boxes FORCE ROW LEVEL SECURITY;
-- table public.boxes
ALTER TABLE public.boxes NO FORCE ROW LEVEL SECURITY;
-- foreign key inside_box_fkey on public.inside
--   may clash: ForeignKey, at once None
--   or else: Fallback { statements: ["ALTER TABLE public.inside ADD CONSTRAINT inside_box_fkey FOREIGN KEY (box) REFERENCES public.boxes(id) ON DELETE SET NULL NOT VALID"], count: "SELECT count(*) FROM public.inside t WHERE t.box IS NOT NULL AND NOT EXISTS (SELECT FROM public.boxes p WHERE p.id = t.box)", otherwise: "rows refer to nothing: foreign key inside_box_fkey on public.inside holds for new rows only (NOT VALID); mend them as a role that row security does not apply to", mend: ["ALTER TABLE public.inside VALIDATE CONSTRAINT inside_box_fkey"], nullable: [], loosens: Some("foreign key inside_box_fkey on public.inside"), rows: None, if_none: [] }
ALTER TABLE public.inside ADD CONSTRAINT inside_box_fkey FOREIGN KEY (box) REFERENCES public.boxes(id) ON DELETE SET NULL;
-- table public.boxes
ALTER TABLE public.boxes FORCE ROW LEVEL SECURITY;
-- statistics boxes_stat on public.boxes
CREATE STATISTICS public.boxes_stat ON also, depot FROM public.boxes;
-- statistics boxes_stat on public.boxes
ALTER STATISTICS public.boxes_stat SET STATISTICS 33;
-- statistics boxes_stat on public.boxes
COMMENT ON STATISTICS public.boxes_stat IS 'st';
-- rule r on public.boxes
CREATE RULE r AS
    ON DELETE TO public.boxes
   WHERE (old.depot = 99) DO NOTHING;
-- trigger one on public.boxes
CREATE TRIGGER one BEFORE INSERT OR UPDATE OF wide ON public.boxes FOR EACH ROW WHEN ((new.also IS NULL)) EXECUTE FUNCTION public.bx();
-- trigger one on public.boxes
ALTER TABLE public.boxes ENABLE ALWAYS TRIGGER one;
-- trigger off on public.boxes
CREATE TRIGGER off AFTER UPDATE ON public.boxes FOR EACH ROW EXECUTE FUNCTION public.bx();
-- trigger off on public.boxes
ALTER TABLE public.boxes DISABLE TRIGGER off;
-- policy p on public.boxes
CREATE POLICY p ON public.boxes AS RESTRICTIVE FOR UPDATE USING (((wide IS NULL) OR (wide = ANY (ARRAY['a'::text, 'w'::text])))) WITH CHECK (((also IS NULL) OR (also > 0)));
-- policy all_of on public.boxes
CREATE POLICY all_of ON public.boxes AS PERMISSIVE FOR ALL USING (true);
-- public.boxes in publication pub
ALTER PUBLICATION pub ADD TABLE ONLY public.boxes (also, id, depot) WHERE ((depot > 0));

-- tail:
-- table public.boxes: analyze
ANALYZE public.boxes;
-- constraint boxes_check on public.boxes: validate, public.boxes
ALTER TABLE public.boxes VALIDATE CONSTRAINT boxes_check;
-- materialized view public.mb: refresh
REFRESH MATERIALIZED VIEW public.mb;

-- rebuilt:
--   public.boxes

-- remade:
--   #pg_proc:16444:0 function public.first_box()
--   #pg_proc:16445:0 function public.label(b public.boxes)
--   #pg_proc:16447:0 function public.atomic()
--   #pg_class:16415:0 table public.boxes
--   #pg_class:16419:0 index public.boxes_pkey
--   #pg_class:16421:0 index public.boxes_x_excl
--   #pg_class:16426:0 index public.boxes_depot
--   #pg_class:16427:0 index public.boxes_lower
--   #pg_class:16440:0 view public.vb
--   #pg_class:16441:0 view public.vvb
--   #pg_class:16442:0 materialized view public.mb
--   #pg_class:16443:0 index public.mbi
--   #pg_class:16446:0 view public.labels
--   #pg_attrdef:16417:0 default public.boxes.id
--   #pg_constraint:16418:0 constraint boxes_check on public.boxes
--   #pg_constraint:16420:0 constraint boxes_pkey on public.boxes
--   #pg_constraint:16422:0 constraint boxes_x_excl on public.boxes
--   #pg_constraint:16423:0 foreign key boxes_depot_fkey on public.boxes
--   #pg_constraint:16424:0 foreign key boxes_parent_fkey on public.boxes
--   #pg_constraint:16425:0 constraint unchecked on public.boxes
--   #pg_constraint:16439:0 foreign key inside_box_fkey on public.inside
--   #pg_trigger:16433:0 trigger one on public.boxes
--   #pg_trigger:16434:0 trigger off on public.boxes
--   #pg_rewrite:16431:0 rule r on public.boxes
--   #pg_policy:16429:0 policy p on public.boxes
--   #pg_policy:16430:0 policy all_of on public.boxes
--   #pg_statistic_ext:16428:0 statistics boxes_stat on public.boxes
--   #pg_publication_rel:16449:0 public.boxes in publication pub

-- parts:
--   column public.boxes."we""ird"
--   column public.boxes.also
--   column public.boxes.depot
--   column public.boxes.gone
--   column public.boxes.id
--   column public.boxes.n
--   column public.boxes.parent
--   column public.boxes.twice
--   column public.boxes.wide
--   column public.boxes.x
--   column public.inside.box
--   column public.inside.id
--   constraint boxes_check on public.boxes
--   constraint boxes_pkey on public.boxes
--   constraint boxes_x_excl on public.boxes
--   constraint inside_box_check on public.inside
--   constraint inside_pkey on public.inside
--   constraint unchecked on public.boxes
--   default public.boxes.gone
--   default public.boxes.id
--   foreign key boxes_depot_fkey on public.boxes
--   foreign key boxes_parent_fkey on public.boxes
--   foreign key inside_box_fkey on public.inside
--   index public.boxes_depot
--   index public.boxes_lower
--   index public.boxes_pkey
--   index public.boxes_x_excl
--   index public.gone_too
--   index public.inside_pkey
--   policy all_of on public.boxes
--   policy p on public.boxes
--   rule r on public.boxes
--   statistics boxes_stat on public.boxes
--   table public.boxes
--   table public.inside
--   trigger off on public.boxes
--   trigger one on public.boxes

-- renumbered:
--   (#pg_proc:16444:0, "function public.first_box()")
--   (#pg_proc:16445:0, "function public.label(b public.boxes)")
--   (#pg_proc:16447:0, "function public.atomic()")
--   (#pg_class:16415:0, "table public.boxes")
--   (#pg_class:16415:1, "column public.boxes.n")
--   (#pg_class:16415:2, "column public.boxes.gone")
--   (#pg_class:16415:3, "column public.boxes.also")
--   (#pg_class:16415:4, "column public.boxes.id")
--   (#pg_class:16415:5, "column public.boxes.\"we\"\"ird\"")
--   (#pg_class:16415:6, "column public.boxes.wide")
--   (#pg_class:16415:7, "column public.boxes.depot")
--   (#pg_class:16415:8, "column public.boxes.parent")
--   (#pg_class:16415:9, "column public.boxes.twice")
--   (#pg_class:16415:10, "column public.boxes.x")
--   (#pg_class:16419:0, "index public.boxes_pkey")
--   (#pg_class:16421:0, "index public.boxes_x_excl")
--   (#pg_class:16426:0, "index public.boxes_depot")
--   (#pg_class:16427:0, "index public.boxes_lower")
--   (#pg_class:16440:0, "view public.vb")
--   (#pg_class:16441:0, "view public.vvb")
--   (#pg_class:16442:0, "materialized view public.mb")
--   (#pg_class:16443:0, "index public.mbi")
--   (#pg_class:16446:0, "view public.labels")
--   (#pg_class:16451:0, "index public.gone_too")
--   (#pg_attrdef:16416:0, "default public.boxes.gone")
--   (#pg_attrdef:16417:0, "default public.boxes.id")
--   (#pg_constraint:16418:0, "constraint boxes_check on public.boxes")
--   (#pg_constraint:16420:0, "constraint boxes_pkey on public.boxes")
--   (#pg_constraint:16422:0, "constraint boxes_x_excl on public.boxes")
--   (#pg_constraint:16423:0, "foreign key boxes_depot_fkey on public.boxes")
--   (#pg_constraint:16424:0, "foreign key boxes_parent_fkey on public.boxes")
--   (#pg_constraint:16425:0, "constraint unchecked on public.boxes")
--   (#pg_constraint:16439:0, "foreign key inside_box_fkey on public.inside")
--   (#pg_trigger:16433:0, "trigger one on public.boxes")
--   (#pg_trigger:16434:0, "trigger off on public.boxes")
--   (#pg_rewrite:16431:0, "rule r on public.boxes")
--   (#pg_policy:16429:0, "policy p on public.boxes")
--   (#pg_policy:16430:0, "policy all_of on public.boxes")
--   (#pg_statistic_ext:16428:0, "statistics boxes_stat on public.boxes")
--   (#pg_publication_rel:16449:0, "public.boxes in publication pub")

-- set aside:
--   SetAside { table: "public.boxes", column: "extra", copy: "backout_undone_1.column_16415_11", count: "SELECT count(*) FROM public.boxes WHERE extra::text IS DISTINCT FROM (('e'::text)::text)::text" }

-- may be set aside:
--   Aside { schema: "public", table: "boxes", column: Some("extra"), copy_schema: "backout_undone_1", copy: "column_16415_11", by: Key(["id"]), left: None }
--   Aside { schema: "public", table: "boxes", column: Some("we\"ird"), copy_schema: "backout_undone_1", copy: "type_16415_5", by: TextKey(["id"]), left: Some("(((c.backout_value::text)::character varying(9))::text)::text") }
--   Aside { schema: "public", table: "boxes", column: Some("we\"ird"), copy_schema: "backout_undone_1", copy: "misfits_16415_5", by: RowOfKey(["id"]), left: Some("NULL") }

-- looks:
--   Look { count: "SELECT count(*) FROM backout_undone_1.type_16415_5", forced: None, otherwise: "values of column public.boxes.\"we\"\"ird\" that were written since do not fit its former type and were cut to it; they lie whole in backout_undone_1.type_16415_5", if_none: Some("DO $backout$ BEGIN DROP TABLE backout_undone_1.type_16415_5; BEGIN DROP SCHEMA backout_undone_1; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$") }

-- foresights:
--   Foresight { prepare: Some("CREATE OR REPLACE FUNCTION pg_temp.backout_fits_16415_5(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN ((($1::text)::character varying(9))::text)::text = $1; EXCEPTION WHEN data_exception OR check_violation THEN RETURN false; END'"), count: "SELECT count(*) FROM public.boxes t WHERE t.\"we\"\"ird\" IS NOT NULL AND NOT pg_temp.backout_fits_16415_5(t.\"we\"\"ird\"::text)", keys: Some("SELECT ROW(t.id)::text FROM public.boxes t WHERE t.\"we\"\"ird\" IS NOT NULL AND NOT pg_temp.backout_fits_16415_5(t.\"we\"\"ird\"::text) LIMIT 5"), object: "column public.boxes.\"we\"\"ird\"", otherwise: "values that do not fit its former type are set aside or cut" }
