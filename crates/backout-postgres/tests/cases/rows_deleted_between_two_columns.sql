-- Rows deleted between two columns.
-- rows: rd

-- before
CREATE TABLE rd (id serial PRIMARY KEY, a text, b text);
INSERT INTO rd (a, b) SELECT 'a' || i, 'b' || i FROM generate_series(1, 9) i;

-- up
ALTER TABLE rd DROP COLUMN a;
DELETE FROM rd WHERE id > 5;
ALTER TABLE rd DROP COLUMN id CASCADE;
