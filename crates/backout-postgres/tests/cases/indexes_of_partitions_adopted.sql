-- Indexes of partitions are taken for those of the whole.

-- before
CREATE TABLE m (id int, at int, n int) PARTITION BY RANGE (at);
CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (0) TO (10);
CREATE TABLE m2 PARTITION OF m DEFAULT;
CREATE INDEX m1_id ON m1 (id);
CREATE INDEX m_n ON ONLY m (n);
CREATE INDEX m1_n ON m1 (n);
CREATE INDEX m2_n ON m2 (n);
ALTER INDEX m_n ATTACH PARTITION m2_n;
COMMENT ON INDEX m2_n IS 'attached before';

-- up
CREATE INDEX m_id ON m (id);
ALTER INDEX m_n ATTACH PARTITION m1_n;
