-- Function of a type goes with its table.
-- rows: ng

-- before
CREATE TYPE nf AS ENUM ('a', 'b');
CREATE FUNCTION nff(nf) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 = 'a' $$;
CREATE TABLE ng (id int PRIMARY KEY, k nf, c nf CHECK (nff(c)));
CREATE INDEX ON ng (nff(k));
INSERT INTO ng VALUES (1, 'a', 'a');

-- up
DROP TABLE ng;
DROP FUNCTION nff(nf);
DROP TYPE nf;
