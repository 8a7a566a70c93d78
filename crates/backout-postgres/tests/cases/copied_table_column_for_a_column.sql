-- Copied table column for a column.
-- rows: cr
-- rows: cn

-- before
CREATE TABLE cr (id serial PRIMARY KEY, a int NOT NULL UNIQUE, d date, e int);
CREATE TABLE cn (k text UNIQUE, p int REFERENCES cr DEFERRABLE INITIALLY DEFERRED);
INSERT INTO cr (a, d, e) VALUES (11, '2020-01-11', 1), (12, NULL, 2), (13, NULL, 3);
INSERT INTO cn VALUES ('a', 1), ('b', NULL);

-- up
ALTER TABLE cr DROP COLUMN a;
ALTER TABLE cr RENAME e TO a;
ALTER TABLE cr ADD z int NOT NULL DEFAULT 1;
INSERT INTO cn (k, p) VALUES ('', 3) ON CONFLICT DO NOTHING;
DROP TABLE cr CASCADE;
