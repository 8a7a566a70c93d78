-- Type and function anew.

-- before
CREATE TYPE trip AS (a numeric, b int);
CREATE FUNCTION trip(text) RETURNS trip LANGUAGE sql IMMUTABLE AS $$ SELECT (1::numeric, 2)::trip $$;

-- up
DROP FUNCTION trip(text);
DROP TYPE trip;
CREATE TYPE trip AS (a numeric, b numeric);
CREATE FUNCTION trip(text) RETURNS trip LANGUAGE sql IMMUTABLE AS $$ SELECT (1::numeric, 2::numeric)::trip $$;
