-- Types in code.

-- before
CREATE TABLE tc (id int PRIMARY KEY, kb int, v numeric, w text, b boolean);
INSERT INTO tc SELECT i, i * 3, i / 4.0, 'w' || i, i % 2 = 0 FROM generate_series(1, 9) i;

-- up
DO
  $$ BEGIN ALTER TABLE tc RENAME COLUMN kb TO size; ALTER TABLE tc ALTER COLUMN size TYPE bigint, ALTER COLUMN v TYPE int; EXECUTE 'ALTER TABLE tc ALTER b TYPE int USING CASE WHEN b THEN 5 ELSE 6 END'; END $$;

-- since
INSERT INTO tc VALUES (77, 5, 6, 'since', 1);
