-- Expression of partitions and heirs.
-- from: 17
-- rows: xp
-- rows: xh

-- before
CREATE TABLE xp (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 2) STORED) PARTITION BY RANGE (id);
CREATE TABLE xp1 PARTITION OF xp FOR VALUES FROM (0) TO (10);
INSERT INTO xp VALUES (1, 10), (2, 20);
CREATE TABLE xh (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 2) STORED);
CREATE TABLE xhc () INHERITS (xh);
INSERT INTO xhc VALUES (1, 10), (2, 20);

-- up
ALTER TABLE xp ALTER gross SET EXPRESSION AS (net * 3);
ALTER TABLE xh ALTER gross SET EXPRESSION AS (net * 3);
