-- Enum of a column that went with its table.
-- rows: ew

-- before
CREATE TABLE ew (k int PRIMARY KEY, t text);
INSERT INTO ew VALUES (1, 'a');

-- up
ALTER TABLE ew ADD COLUMN o mood;
ALTER TYPE mood ADD VALUE 'new' BEFORE 'ok';
DROP TABLE ew CASCADE;
