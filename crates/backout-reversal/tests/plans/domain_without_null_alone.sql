-- steps:
-- domain public.must
CREATE DOMAIN public.must AS integer NOT NULL;
-- domain public.must
COMMENT ON DOMAIN public.must IS 'never nothing';
-- constraint must_check on public.must
--   or else: Fallback { statements: ["ALTER DOMAIN public.must ADD CONSTRAINT must_check CHECK ((VALUE > 0)) NOT VALID"], count: "SELECT 'constraint must_check on public.must'", otherwise: "holds only for values to come, since some that were written since do not fit it; mend them", mend: ["ALTER DOMAIN public.must VALIDATE CONSTRAINT must_check"], nullable: [], loosens: Some("constraint must_check on public.must"), rows: None, if_none: [] }
ALTER DOMAIN public.must ADD CONSTRAINT must_check CHECK ((VALUE > 0));

-- renumbered:
--   (#pg_type:16410:0, "domain public.must")
--   (#pg_constraint:16411:0, "constraint must_check on public.must")
