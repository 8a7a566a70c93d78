-- Last column of a table without key.
-- rows: nk

-- before
CREATE TABLE nk (a int, b text);
INSERT INTO nk SELECT i % 3, 'b' || i FROM generate_series(1, 40) i;

-- up
ALTER TABLE nk DROP COLUMN b;

-- since
INSERT INTO nk (a) VALUES (99);
