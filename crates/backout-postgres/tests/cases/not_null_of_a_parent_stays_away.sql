-- Not null of a parent stays away.
-- left: public.nn.k stays nullable
-- mend: as the undo says

-- before
CREATE TABLE nn (w int, k int NOT NULL);
CREATE TABLE nk2 () INHERITS (nn);
INSERT INTO nk2 VALUES (1, 2);

-- up
ALTER TABLE nn DROP COLUMN k CASCADE;

-- since
INSERT INTO nk2 VALUES (8);

-- clean up
DELETE FROM nn WHERE k IS NULL;
