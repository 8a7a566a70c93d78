-- Columns at the end known by a new key.
-- rows: ny

-- before
CREATE TABLE ny (n int UNIQUE, a text);
INSERT INTO ny SELECT i, 'a' || i FROM generate_series(1, 20) i;

-- up
ALTER TABLE ny ADD COLUMN id serial PRIMARY KEY;
ALTER TABLE ny DROP COLUMN a;
