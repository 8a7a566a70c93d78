-- Unique values pass on.
-- rows: st

-- before
CREATE TABLE st (id int PRIMARY KEY, p int, n int, UNIQUE (p, n));
INSERT INTO st SELECT i, 1, i FROM generate_series(1, 9) i;
CREATE UNIQUE INDEX st_n ON st (n);

-- up
ALTER TABLE st DROP CONSTRAINT st_p_n_key;
DROP INDEX st_n;
UPDATE st SET n = 10 - n;
ALTER TABLE st ADD UNIQUE (p, n);
CREATE UNIQUE INDEX st_n ON st (n);
