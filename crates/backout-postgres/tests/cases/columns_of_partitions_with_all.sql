-- Columns of partitions with all.
-- verdict: order of the columns of public.pd2d
-- rows: pd
-- not on 18: refused, and it is not known why

-- before
CREATE TABLE pd (id int, at date, gone text NOT NULL DEFAULT 'p', n int, CHECK (n < 1000), PRIMARY KEY (id,
  at)) PARTITION BY RANGE (at);
CREATE TABLE pd1 PARTITION OF pd FOR VALUES FROM ('2026-01-01') TO ('2026-06-01');
CREATE TABLE pd2 PARTITION OF pd FOR VALUES FROM ('2026-06-01') TO ('2027-01-01') PARTITION BY LIST (id);
CREATE TABLE pd2d (n int, gone text NOT NULL DEFAULT 'own', at date NOT NULL, id int NOT NULL,
  CONSTRAINT pd_n_check CHECK (n < 1000));
ALTER TABLE pd2 ATTACH PARTITION pd2d DEFAULT;
CREATE INDEX ON pd (gone);
CREATE INDEX ON pd1 (n);
GRANT SELECT (gone) ON pd2d TO PUBLIC;
INSERT INTO pd SELECT i, '2026-01-01'::date + i, 'g' || i, i FROM generate_series(1, 300) i

-- up
ALTER TABLE pd DROP COLUMN gone, DROP COLUMN n;
CREATE TABLE pd3 PARTITION OF pd FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')

-- since
INSERT INTO pd (id, at) VALUES (7777, '2026-02-02');
DELETE FROM pd WHERE id = 7777
