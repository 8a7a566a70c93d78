-- Partition made and all dropped.
-- rows: px

-- before
CREATE TABLE px (part int NOT NULL, id serial, t text) PARTITION BY RANGE (part);
CREATE TABLE px0 PARTITION OF px FOR VALUES FROM (5) TO (9);
INSERT INTO px (part) VALUES (6), (7);

-- up
CREATE TABLE px1 PARTITION OF px FOR VALUES FROM (1) TO (4);
DROP TABLE px CASCADE
