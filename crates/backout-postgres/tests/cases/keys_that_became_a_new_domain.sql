-- Keys that became a new domain.
-- rows: kd
-- rows: ke

-- before
CREATE TABLE kd (id text PRIMARY KEY, d text);
CREATE TABLE ke (id int PRIMARY KEY, kd text REFERENCES kd CONSTRAINT ten CHECK (length(kd) > 2));
INSERT INTO kd VALUES ('one', 'd');
INSERT INTO ke VALUES (1, 'one')

-- up
CREATE DOMAIN kdi AS text CHECK (length(VALUE) > 0);
COMMENT ON DOMAIN kdi IS 'a key';
ALTER TABLE ke DROP CONSTRAINT ten, ALTER COLUMN kd TYPE kdi;
ALTER TABLE kd ALTER COLUMN id TYPE kdi
