-- Altered and dropped.
-- rows: ad

-- before
CREATE TABLE ad (a int, b text, c varchar(5) DEFAULT 'q');
INSERT INTO ad VALUES (1, 'b', 'c');
CREATE INDEX ad_b ON ad (b);

-- up
ALTER TABLE ad ADD UNIQUE (a, b);
ALTER TABLE ad ADD COLUMN x serial;
CREATE INDEX ON ad (x);
ALTER TABLE ad RENAME b TO bb;
ALTER TABLE ad ALTER c TYPE text;
ALTER TABLE ad ADD CHECK (x > 0);
DROP INDEX ad_b;
COMMENT ON TABLE ad IS 'x';
DROP TABLE ad CASCADE;
