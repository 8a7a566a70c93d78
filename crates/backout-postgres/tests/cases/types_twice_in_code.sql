-- Types twice in code.
-- rows: nj

-- before
CREATE TABLE nj (id int PRIMARY KEY, v numeric, w numeric);
INSERT INTO nj SELECT i, i / 4.0, i / 4.0 FROM generate_series(1, 9) i;

-- up
DO $$ BEGIN ALTER TABLE nj ALTER w TYPE int; ALTER TABLE nj ALTER w TYPE numeric(9, 1); END $$;
DO $$ BEGIN ALTER TABLE nj ALTER w TYPE bigint; END $$;
