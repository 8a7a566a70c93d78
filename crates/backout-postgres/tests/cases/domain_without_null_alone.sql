-- Domain without null alone.

-- before
CREATE DOMAIN must AS int NOT NULL CHECK (VALUE > 0);
COMMENT ON DOMAIN must IS 'never nothing';

-- up
DROP DOMAIN must;
