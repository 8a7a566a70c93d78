-- Altered then dropped.
-- rows: ad

-- before
CREATE TABLE ad (id int PRIMARY KEY, n int, t text);
CREATE INDEX ad_n ON ad (n);
INSERT INTO ad VALUES (1, 1, 't');

-- up
ALTER INDEX ad_n SET (fillfactor = 60);
ALTER TABLE ad ALTER n SET DEFAULT 7;
ALTER TABLE ad DISABLE ROW LEVEL SECURITY;
DROP TABLE ad CASCADE;
