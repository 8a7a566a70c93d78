-- Column then rows of another then the table.
-- rows: cr
-- rows: cn

-- before
CREATE TABLE cr (id serial PRIMARY KEY, a int UNIQUE, d date);
CREATE TABLE cn (k text UNIQUE, p int REFERENCES cr DEFERRABLE INITIALLY DEFERRED);
INSERT INTO cr (a, d) VALUES (11, '2020-01-11'), (12, NULL), (13, NULL);
INSERT INTO cn VALUES ('a', 1), ('b', NULL);

-- up
ALTER TABLE cr DROP COLUMN a;
INSERT INTO cn (k) VALUES ('') ON CONFLICT DO NOTHING;
DROP TABLE cr CASCADE;
