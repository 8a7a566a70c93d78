-- locks:
--   public.pr2, ACCESS EXCLUSIVE

-- schemas:
--   backout_undone_1

-- steps:
-- what the migration added
--   or else: Fallback { statements: ["ALTER TABLE public.pu DROP CONSTRAINT pu_pr_fkey", "ALTER TABLE public.pr DETACH PARTITION public.pr2", "ALTER TABLE public.pu ADD CONSTRAINT pu_pr_fkey FOREIGN KEY (pr) REFERENCES public.pr(id) ON DELETE CASCADE DEFERRABLE NOT VALID", "COMMENT ON CONSTRAINT pu_pr_fkey ON public.pu IS 'c'"], count: "SELECT (SELECT count(*) FROM public.pu t WHERE t.pr IS NOT NULL AND NOT EXISTS (SELECT FROM public.pr p WHERE p.id = t.pr))", otherwise: "rows that were written since refer to rows that are set aside with a partition; foreign key pu_pr_fkey on public.pu holds for new rows only (NOT VALID) until they are mended", nullable: [], loosens: None, rows: None, if_none: [] }
ALTER TABLE public.pr DETACH PARTITION public.pr2;
-- what the migration added
ALTER TABLE public.pr2 SET SCHEMA backout_undone_1;
-- what the migration added
ALTER TABLE backout_undone_1.pr2 RENAME TO "16421 pr2";
-- what the migration added
ALTER TABLE backout_undone_1."16421 pr2" RENAME CONSTRAINT pr2_pkey TO "16423 pr2_pkey";

-- renumbered:
--   (#pg_constraint:16419:0, "foreign key pu_pr_fkey on public.pu")

-- moved aside:
--   Moved { id: #pg_class:16421:0, identity: "table public.pr2", from_schema: "public", to_schema: "backout_undone_1", name: "pr2", kept_as: "16421 pr2" }
