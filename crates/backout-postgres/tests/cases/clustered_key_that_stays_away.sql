-- Clustered key that stays away.
-- left: does not come back
-- mend: as the undo says

-- before
CREATE TABLE kk (k int PRIMARY KEY, n int);
ALTER TABLE kk CLUSTER ON kk_pkey;
INSERT INTO kk VALUES (1, 1);

-- up
ALTER TABLE kk DROP COLUMN k CASCADE;

-- since
INSERT INTO kk VALUES (5);

-- clean up
DELETE FROM kk WHERE k IS NULL;
