-- Rows after a key for a key.
-- verdict: rows that the migration changed after it had gone

-- before
CREATE TABLE nk (id int PRIMARY KEY, v int);
INSERT INTO nk VALUES (1, 1), (2, 2);

-- up
ALTER TABLE nk DROP CONSTRAINT nk_pkey;
ALTER TABLE nk ADD COLUMN k serial PRIMARY KEY;
ALTER TABLE nk DROP COLUMN id;
DELETE FROM nk WHERE k = 1;
