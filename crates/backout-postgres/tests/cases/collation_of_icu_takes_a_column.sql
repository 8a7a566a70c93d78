-- Collation of icu takes a column.
-- rows: ok
-- needs: icu

-- before
CREATE COLLATION german (PROVIDER = icu, LOCALE = 'de-DE', DETERMINISTIC = false);
CREATE TABLE ok (id int PRIMARY KEY, w text COLLATE german, z int);
INSERT INTO ok VALUES (1, 'w', 2);

-- up
DROP COLLATION german CASCADE;
