-- Partition filled then attached then rows.
-- rows: pf

-- before
CREATE TABLE pf (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);
CREATE TABLE pf1 PARTITION OF pf DEFAULT;
INSERT INTO pf VALUES (1, 1), (2, 2);

-- up
CREATE TABLE pf2 (LIKE pf);
INSERT INTO pf2 VALUES (5, 5);
ALTER TABLE pf ATTACH PARTITION pf2 FOR VALUES FROM (5) TO (9);
UPDATE pf SET v = 6;
