-- Keys of one table act in their former order.
-- rows: kp
-- rows: kb

-- before
CREATE TABLE kp (id int PRIMARY KEY);
CREATE TABLE kb (id int PRIMARY KEY, one int CONSTRAINT k1 REFERENCES kp ON DELETE CASCADE,
  two int CONSTRAINT k2 REFERENCES kp);
INSERT INTO kp VALUES (1), (2);
INSERT INTO kb VALUES (100, 1, 1), (200, 2, 2)

-- up
ALTER TABLE kb DROP CONSTRAINT k1

-- then
BEGIN;
DELETE FROM kp;
DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM kb); END $$;
ROLLBACK
