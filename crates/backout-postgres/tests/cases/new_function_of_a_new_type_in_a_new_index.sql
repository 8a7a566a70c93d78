-- New function of a new type in a new index.
-- aside: 1

-- up
CREATE TYPE nf AS ENUM ('a', 'b');
CREATE FUNCTION nff(nf) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 = 'a' $$;
CREATE TABLE ng (id int PRIMARY KEY, k nf, c nf CHECK (nff(c)));
CREATE INDEX ON ng (nff(k));

-- since
INSERT INTO ng VALUES (1, 'a', 'a');
