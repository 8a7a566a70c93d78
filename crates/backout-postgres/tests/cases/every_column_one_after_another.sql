-- Every column one after another.
-- rows: ec

-- before
CREATE TABLE ec (id serial PRIMARY KEY, b interval, c text UNIQUE, d date);
INSERT INTO ec SELECT i, i * interval '1 hour', md5(i::text), '2020-01-01'::date + i FROM generate_series(4,
  1, -1) i;

-- up
ALTER TABLE ec DROP COLUMN c;
ALTER TABLE ec DROP COLUMN id CASCADE;
ALTER TABLE ec DROP COLUMN b;
ALTER TABLE ec DROP COLUMN d;
