-- Granted and dropped.

-- before
CREATE TABLE gd (a int, b text);
GRANT SELECT (b) ON gd TO PUBLIC;
GRANT UPDATE (a) ON gd TO PUBLIC;

-- up
GRANT INSERT, UPDATE ON gd TO PUBLIC;
ALTER TABLE gd DROP COLUMN b;
