-- Keys of partitions that go.
-- rows: kp

-- before
CREATE TABLE kp (id int, at int, u int, PRIMARY KEY (id, at), CONSTRAINT kpu UNIQUE (u,
  at)) PARTITION BY LIST (at);
CREATE TABLE kp1 (u int, id int NOT NULL, at int NOT NULL, CONSTRAINT own_name UNIQUE (u,
  at) WITH (fillfactor = 70));
ALTER TABLE kp ATTACH PARTITION kp1 FOR VALUES IN (1);
CREATE TABLE kp2 PARTITION OF kp DEFAULT;
COMMENT ON CONSTRAINT own_name ON kp1 IS 'own';
COMMENT ON INDEX kp2_u_at_key IS 'second';
ALTER TABLE kp1 CLUSTER ON own_name;
CREATE UNIQUE INDEX kpi ON kp ((u + 1), at);
COMMENT ON INDEX kpi IS 'whole';
INSERT INTO kp SELECT i, i % 3, i FROM generate_series(1, 30) i

-- up
ALTER TABLE kp DROP CONSTRAINT kpu;
DROP INDEX kpi
