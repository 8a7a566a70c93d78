-- Type by a function.
-- left: 1 values of column public.fol.p that were written since do not fit
-- rows: fol

-- before
CREATE TABLE fol (a int, p bool DEFAULT false, id int PRIMARY KEY);
INSERT INTO fol SELECT i, i % 2 = 0, i FROM generate_series(1, 9) i;

-- up
CREATE TYPE fstate AS ENUM ('Accepted', 'Pending');
ALTER TABLE fol ALTER COLUMN p DROP DEFAULT;
CREATE FUNCTION conv(b bool) RETURNS fstate LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE WHEN b THEN 'Pending'::fstate ELSE 'Accepted'::fstate END $$;
ALTER TABLE fol ALTER COLUMN p TYPE fstate USING conv(p);
DROP FUNCTION conv;
ALTER TABLE fol RENAME COLUMN p TO state;

-- since
INSERT INTO fol VALUES (1, 'Pending', 77);
