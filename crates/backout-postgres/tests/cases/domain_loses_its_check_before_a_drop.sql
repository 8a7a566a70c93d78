-- Domain loses its check before a drop.
-- rows: uz
-- rows: vz

-- before
CREATE DOMAIN dz AS text CONSTRAINT c CHECK (VALUE <> '') CONSTRAINT e CHECK (length(VALUE) < 9);
CREATE TABLE uz (id int PRIMARY KEY, d dz, n numeric);
INSERT INTO uz VALUES (1, 'd', 1.5), (2, NULL, 2);
CREATE TABLE vz (id int PRIMARY KEY);
INSERT INTO vz VALUES (1);

-- up
ALTER DOMAIN dz DROP CONSTRAINT c;
DROP TABLE vz;
ALTER DOMAIN dz DROP CONSTRAINT e;
ALTER TABLE uz ALTER COLUMN n TYPE int;
ALTER DOMAIN dz ADD CONSTRAINT e CHECK (length(VALUE) < 8);
ALTER DOMAIN dz DROP CONSTRAINT e;
DO $$ BEGIN CREATE TABLE wz (a dz); END $$;
