-- Keys act in their former order.
-- rows: kp
-- rows: ka
-- rows: kb
-- rows: kc

-- before
CREATE TABLE kp (id int PRIMARY KEY);
CREATE TABLE ka (id int PRIMARY KEY, kp int REFERENCES kp ON DELETE CASCADE);
CREATE TABLE kc (id int PRIMARY KEY, kp int REFERENCES kp ON DELETE CASCADE);
CREATE TABLE kb (id int PRIMARY KEY, ka int REFERENCES ka ON DELETE CASCADE, kc int REFERENCES kc);
INSERT INTO kp VALUES (1), (2);
INSERT INTO ka VALUES (10, 1), (20, 2);
INSERT INTO kc VALUES (1, 1);
INSERT INTO kb VALUES (100, 10, 1)

-- up
DROP TABLE ka CASCADE

-- then
BEGIN;
DELETE FROM kp;
DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM kb); END $$;
ROLLBACK
