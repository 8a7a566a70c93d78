-- Unique values move up.
-- rows: st

-- before
CREATE TABLE st (id int PRIMARY KEY, p int, n int, UNIQUE (p, n));
INSERT INTO st SELECT i, 1, i FROM generate_series(1, 9) i;

-- up
UPDATE st SET n = n - 1;
