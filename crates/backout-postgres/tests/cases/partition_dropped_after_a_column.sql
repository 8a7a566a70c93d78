-- Partition dropped after a column.
-- verdict: order of the columns
-- rows: pa2

-- before
CREATE TABLE pa (at int NOT NULL, gone text NOT NULL DEFAULT 'p', kept text,
  PRIMARY KEY (at)) PARTITION BY LIST (at);
CREATE TABLE pa1 PARTITION OF pa FOR VALUES IN (1);
CREATE TABLE pa2 PARTITION OF pa DEFAULT;
INSERT INTO pa SELECT i, 'g' || i, 'k' FROM generate_series(1, 9) i

-- up
ALTER TABLE pa DROP COLUMN gone;
DROP TABLE pa2
