-- Key of another kind twice.
-- rows: kc

-- before
CREATE TABLE kc (id int PRIMARY KEY, n int);
INSERT INTO kc SELECT i, i FROM generate_series(1, 9) i;

-- up
ALTER TABLE kc ALTER id TYPE text USING 'a' || id;
ALTER TABLE kc ALTER id TYPE uuid USING md5(id)::uuid;
