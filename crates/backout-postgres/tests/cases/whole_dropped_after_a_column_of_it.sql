-- Whole dropped after a column of it.
-- rows: wd

-- before
CREATE TABLE wd (part int NOT NULL, w text, z timestamptz) PARTITION BY LIST (part);
CREATE TABLE wd1 PARTITION OF wd DEFAULT;
INSERT INTO wd VALUES (1, 'a', '2020-01-01');

-- up
ALTER TABLE wd DROP COLUMN z CASCADE;
DROP TABLE wd;
