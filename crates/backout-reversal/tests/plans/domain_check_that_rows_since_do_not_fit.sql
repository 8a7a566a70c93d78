-- steps:
-- constraint dkc on public.dk
--   or else: Fallback { statements: ["ALTER DOMAIN public.dk ADD CONSTRAINT dkc CHECK ((length(VALUE) > 3)) NOT VALID"], count: "SELECT 'constraint dkc on public.dk'", otherwise: "holds only for values to come, since some that were written since do not fit it; mend them", mend: ["ALTER DOMAIN public.dk VALIDATE CONSTRAINT dkc"], nullable: [], loosens: Some("constraint dkc on public.dk"), rows: None, if_none: [] }
ALTER DOMAIN public.dk ADD CONSTRAINT dkc CHECK ((length(VALUE) > 3));

-- renumbered:
--   (#pg_constraint:16411:0, "constraint dkc on public.dk")
