-- Renamed and function anew.

-- before
CREATE FUNCTION many() RETURNS bigint LANGUAGE plpgsql AS
  $$ BEGIN RETURN (SELECT count(*) FROM users u); END $$;

-- up
ALTER TABLE users RENAME TO people;
CREATE OR REPLACE FUNCTION many() RETURNS bigint LANGUAGE plpgsql AS
  $$ BEGIN RETURN (SELECT count(*) FROM people u); END $$;
