-- Types and rows in code.
-- verdict: lossy

-- before
CREATE TABLE td (id int PRIMARY KEY, v numeric, w text);
INSERT INTO td SELECT i, i / 4.0, 'w' || i FROM generate_series(1, 9) i;
CREATE TABLE te (a int, v numeric);
INSERT INTO te VALUES (1, 1.5), (1, 1.5), (2, 2);

-- up
DO
  $$ BEGIN UPDATE td SET w = w || '!' WHERE id < 4; ALTER TABLE td ALTER COLUMN v TYPE int; DELETE FROM td WHERE id = 9; ALTER TABLE te ALTER v TYPE text USING v::text; END $$;
