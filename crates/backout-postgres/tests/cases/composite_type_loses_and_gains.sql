-- Composite type loses and gains.

-- before
CREATE TYPE spec AS (a text COLLATE "C", b int, "c d" numeric(5, 2), e jsonb);
CREATE FUNCTION specs(spec[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMENT ON COLUMN spec.e IS 'e';

-- up
ALTER TYPE spec ALTER ATTRIBUTE a TYPE int;
ALTER TYPE spec DROP ATTRIBUTE b, ADD ATTRIBUTE n date;
ALTER TYPE spec RENAME ATTRIBUTE e TO f;
