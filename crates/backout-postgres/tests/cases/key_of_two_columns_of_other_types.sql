-- Key of two columns of other types.
-- rows: k2

-- before
CREATE TABLE k2 (a int, b int, n int, PRIMARY KEY (a, b));
INSERT INTO k2 SELECT i % 5, i / 5, i % 2 FROM generate_series(1, 40) i;

-- up
ALTER TABLE k2 ALTER a TYPE text USING 'a' || a, ALTER b TYPE text USING 'b' || b;
