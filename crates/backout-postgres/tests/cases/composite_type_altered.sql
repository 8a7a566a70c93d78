-- Composite type altered.

-- before
CREATE TYPE spec AS (a text COLLATE "C", b int, "c d" numeric(5, 2), e jsonb);
CREATE FUNCTION specs(spec[], spec) RETURNS spec LANGUAGE sql AS 'SELECT $2';
COMMENT ON COLUMN spec.b IS 'b';

-- up
ALTER TYPE spec ALTER ATTRIBUTE b TYPE smallint, ALTER ATTRIBUTE "c d" TYPE text COLLATE "C";
DROP FUNCTION specs;
CREATE FUNCTION specs(spec) RETURNS spec LANGUAGE sql AS 'SELECT $1';
