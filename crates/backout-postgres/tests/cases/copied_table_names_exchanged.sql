-- Copied table names exchanged.
-- rows: cr
-- rows: cn

-- before
CREATE TABLE cr (id serial PRIMARY KEY, a int NOT NULL UNIQUE, d date, e int);
CREATE TABLE cn (k text UNIQUE, p int REFERENCES cr DEFERRABLE INITIALLY DEFERRED);
INSERT INTO cr (a, d, e) VALUES (11, '2020-01-11', 1), (12, NULL, 2), (13, NULL, 3);
INSERT INTO cn VALUES ('a', 1), ('b', NULL);

-- up
ALTER TABLE cr RENAME a TO x;
ALTER TABLE cr RENAME e TO a;
ALTER TABLE cr RENAME x TO e;
INSERT INTO cn (k, p) VALUES ('', 3) ON CONFLICT DO NOTHING;
DROP TABLE cr CASCADE;
