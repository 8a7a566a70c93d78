-- Types there and back in code.
-- verdict: lossy

-- before
CREATE TABLE nk (id int PRIMARY KEY, v numeric, w numeric);
INSERT INTO nk SELECT i, i / 4.0, i / 4.0 FROM generate_series(1, 9) i;

-- up
DO
  $$ BEGIN ALTER TABLE nk ALTER v TYPE int, ALTER w TYPE int; ALTER TABLE nk ALTER v TYPE numeric, ALTER w TYPE numeric(9, 1); END $$;
