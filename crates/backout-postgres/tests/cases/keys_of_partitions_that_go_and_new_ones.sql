-- Keys of partitions that go and new ones.
-- rows: kp

-- before
CREATE TABLE kp (id int, at int, u int, PRIMARY KEY (id, at), CONSTRAINT kpu UNIQUE (u,
  at)) PARTITION BY LIST (at);
CREATE TABLE kp1 PARTITION OF kp FOR VALUES IN (1);
CREATE UNIQUE INDEX kpi ON kp ((u + 1), at);
INSERT INTO kp SELECT i, 1, i FROM generate_series(1, 30) i

-- up
ALTER TABLE kp DROP CONSTRAINT kpu;
DROP INDEX kpi

-- since
CREATE TABLE kp3 PARTITION OF kp FOR VALUES IN (3);
INSERT INTO kp VALUES (1, 3, 3);
ALTER TABLE kp DETACH PARTITION kp3;
DROP TABLE kp3;
CREATE TABLE kp4 PARTITION OF kp FOR VALUES IN (4)

-- then
DO $$ BEGIN ASSERT (SELECT bool_and(indisvalid) FROM pg_index); END $$;
DROP TABLE kp4
