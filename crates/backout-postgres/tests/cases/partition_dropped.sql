-- Partition dropped.
-- rows: p1

-- before
CREATE TABLE p (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE INDEX p_at ON p (at);
INSERT INTO p SELECT i, date '2026-01-01' + i FROM generate_series(1, 50) i;

-- up
DROP TABLE p1;
