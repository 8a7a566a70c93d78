-- Indexes of large partitions and new ones.

-- before
CREATE TABLE lp (id int, at int, v text) PARTITION BY LIST (at);
CREATE TABLE lp1 PARTITION OF lp FOR VALUES IN (1);
CREATE TABLE lp2 PARTITION OF lp FOR VALUES IN (2, 3) PARTITION BY LIST (at);
CREATE TABLE lp2a PARTITION OF lp2 FOR VALUES IN (2);
INSERT INTO lp SELECT i, 1 + i % 2, repeat(md5(i::text), 8) FROM generate_series(1, 70000) i;
CREATE INDEX lpi ON lp (id) WHERE v > 'a';
CREATE INDEX lpv ON lp (md5(v))

-- up
DROP INDEX lpi;
ALTER TABLE lp RENAME id TO nr

-- since
CREATE TABLE lp3 PARTITION OF lp FOR VALUES IN (4);
CREATE TABLE lp5 PARTITION OF lp FOR VALUES IN (5) PARTITION BY LIST (at);
CREATE TABLE lp5a PARTITION OF lp5 DEFAULT;
CREATE TABLE lp2b PARTITION OF lp2 FOR VALUES IN (3);
INSERT INTO lp SELECT i, 4, repeat(md5(i::text), 8) FROM generate_series(1, 40000) i

-- then
DO
  $$ BEGIN ASSERT (SELECT count(*) = 8 AND bool_and(indisvalid) FROM pg_index WHERE indpred IS NOT NULL AND indexrelid::regclass::text ~ '^lp'); END $$;
DROP TABLE lp3, lp5, lp2b
