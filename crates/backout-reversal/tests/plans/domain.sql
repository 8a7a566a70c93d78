-- locks:
--   public.d, ACCESS EXCLUSIVE

-- steps:
-- domain public.pos
CREATE DOMAIN public.pos AS integer;
-- column public.d.id
ALTER TABLE public.d ADD COLUMN id public.pos;
-- column public.d.w
ALTER TABLE public.d ADD COLUMN w public.pos;
-- column public.d.id
UPDATE ONLY public.d u SET id = w.id::text::public.pos, w = w.w::text::public.pos FROM (SELECT i.ctid AS backout_at, ROW()::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW()::text) AS backout_place FROM ONLY public.d i) t LEFT JOIN (SELECT i.*, ROW()::text AS backout_text, pg_catalog.row_number() OVER (PARTITION BY ROW()::text) AS backout_place FROM backout_archive_1.rows_87841 i) w ON w.backout_text = t.backout_text AND w.backout_place = t.backout_place WHERE u.ctid = t.backout_at;
-- rows that nothing tells apart
--   look: SELECT greatest(count(*) - 0, 0) FROM (SELECT ROW(i.id::text::public.pos, i.w::text::public.pos)::text FROM backout_archive_1.rows_87841 i EXCEPT ALL SELECT ROW(i.id, i.w)::text FROM ONLY public.d i) d; forced None; otherwise rows of public.d were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in backout_archive_1.rows_87841; if none None
-- column public.d.id
--   if all rows of public.d have a value of id
ALTER TABLE public.d ALTER COLUMN id SET NOT NULL;
-- constraint d_pkey on public.d
--   may clash: Values, at once None
ALTER TABLE public.d ADD CONSTRAINT d_pkey PRIMARY KEY (id);
-- constraint pos_check on public.pos
--   or else: Fallback { statements: ["ALTER DOMAIN public.pos ADD CONSTRAINT pos_check CHECK ((VALUE > 0)) NOT VALID"], count: "SELECT 'constraint pos_check on public.pos'", otherwise: "holds only for values to come, since some that were written since do not fit it; mend them", mend: ["ALTER DOMAIN public.pos VALIDATE CONSTRAINT pos_check"], nullable: [], loosens: Some("constraint pos_check on public.pos"), rows: None, if_none: [] }
ALTER DOMAIN public.pos ADD CONSTRAINT pos_check CHECK ((VALUE > 0));

-- parts:
--   column public.d.id
--   column public.d.w
--   constraint d_pkey on public.d
--   index public.d_pkey
--   table public.d

-- renumbered:
--   (#pg_type:16410:0, "domain public.pos")
--   (#pg_class:16412:1, "column public.d.id")
--   (#pg_class:16412:2, "column public.d.w")
--   (#pg_class:16413:0, "index public.d_pkey")
--   (#pg_constraint:16411:0, "constraint pos_check on public.pos")
--   (#pg_constraint:16414:0, "constraint d_pkey on public.d")

-- needs values:
--   NeedsValues { table: "public.d", column: "id", heirs: ["public.d"], forced: false }
