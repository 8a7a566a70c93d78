-- Keys exchanged under an exclusion.
-- rows: xc

-- before
CREATE TABLE xc (id int PRIMARY KEY, r int4range, EXCLUDE USING gist (r WITH &&));
INSERT INTO xc SELECT i, int4range(i, i + 1) FROM generate_series(1, 9) i

-- up
UPDATE xc SET id = id + 100;
UPDATE xc SET r = int4range(lower(r) + 50, upper(r) + 50)
