-- Types in code and keys that swap names.
-- rows: ts

-- before
CREATE TABLE ts (a int PRIMARY KEY, b int UNIQUE NOT NULL, v numeric);
INSERT INTO ts SELECT i, 10 - i, i / 4.0 FROM generate_series(1, 9) i;

-- up
DO
  $$ BEGIN ALTER TABLE ts RENAME a TO x; ALTER TABLE ts RENAME b TO a; ALTER TABLE ts RENAME x TO b; ALTER TABLE ts ALTER v TYPE int; END $$;

-- since
INSERT INTO ts VALUES (77, 78, 5);
DELETE FROM ts WHERE b = 77
