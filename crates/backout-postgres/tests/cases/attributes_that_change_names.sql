-- Attributes that change names.
-- rows: tt

-- before
CREATE TYPE at AS (x text, y text, z int);
CREATE TABLE tt (id int PRIMARY KEY, c at, l at[]);
INSERT INTO tt VALUES (1, ('a', 'b', 1), ARRAY[('c', 'd', 2)::at]);
CREATE TYPE au AS (m int, n int);
CREATE FUNCTION af(au) RETURNS int LANGUAGE sql AS 'SELECT 1';

-- up
ALTER TYPE at RENAME ATTRIBUTE x TO w;
ALTER TYPE at RENAME ATTRIBUTE y TO x;
ALTER TYPE at RENAME ATTRIBUTE w TO y;
ALTER TYPE at ADD ATTRIBUTE more text;
ALTER TYPE at RENAME ATTRIBUTE z TO zz;
ALTER TYPE au DROP ATTRIBUTE m, ADD ATTRIBUTE m int;
