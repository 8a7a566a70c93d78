-- Circle under a column.
-- rows: ct

-- before
CREATE TABLE ct (id int PRIMARY KEY, gone text, z int);
INSERT INTO ct VALUES (1, 'g', 2);
CREATE VIEW ctv AS SELECT id, z FROM ct;
CREATE FUNCTION ctf() RETURNS SETOF ctv LANGUAGE sql STABLE AS $$ SELECT 1, 2 $$;
CREATE OR REPLACE VIEW ctv AS SELECT c.id, f.z FROM ct c, ctf() f;

-- up
ALTER TABLE ct DROP COLUMN gone;
