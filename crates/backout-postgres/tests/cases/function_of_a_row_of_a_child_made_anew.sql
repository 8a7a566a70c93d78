-- Function of a row of a child made anew.
-- rows: fs

-- before
CREATE TABLE fr (a int, g int GENERATED ALWAYS AS (a * 2) STORED);
CREATE TABLE fs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), z int) INHERITS (fr);
INSERT INTO fs (a, z) VALUES (1, 2);
CREATE FUNCTION of_fs(r fs) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'x' $$;

-- up
ALTER TABLE fr DROP COLUMN g CASCADE;
