-- Type by a mapping and column without key.
-- rows: tn

-- before
CREATE TABLE tn (ok boolean, n int, gone text);
INSERT INTO tn SELECT i % 2 = 0, i % 5, 'g' || i FROM generate_series(1, 40) i;

-- up
ALTER TABLE tn ALTER ok TYPE text USING CASE WHEN ok THEN 'good' ELSE 'bad' END;
ALTER TABLE tn DROP COLUMN gone;
