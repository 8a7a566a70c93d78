-- Composite type with comments.

-- before
CREATE TYPE spec AS (a text, b int);
COMMENT ON COLUMN spec.b IS 'b';
CREATE TYPE gone AS (a text, b int);
COMMENT ON COLUMN gone.a IS 'it''s';

-- up
COMMENT ON COLUMN spec.b IS NULL;
COMMENT ON COLUMN spec.a IS 'a';
DROP TYPE gone;
