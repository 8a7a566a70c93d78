-- Rows deleted without a column and dropped.
-- rows: rw

-- before
CREATE TABLE rw (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int, w text);
INSERT INTO rw (n, w) VALUES (1, 'w'), (2, 'v');

-- up
ALTER TABLE rw DROP COLUMN n;
DELETE FROM rw WHERE w = 'w';
DROP TABLE rw CASCADE;
