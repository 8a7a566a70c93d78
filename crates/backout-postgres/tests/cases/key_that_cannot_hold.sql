-- Key that cannot hold.
-- left: constraint kk_pkey on public.kk does not come back
-- mend: as the undo says
-- rows: ku

-- before
CREATE TABLE kk (k int PRIMARY KEY, v text);
CREATE TABLE ku (k int REFERENCES kk, x int);
INSERT INTO kk VALUES (1, 'a'), (2, 'b');
INSERT INTO ku VALUES (1, 1);

-- up
ALTER TABLE kk DROP COLUMN k CASCADE;

-- since
INSERT INTO kk VALUES ('since');

-- clean up
DELETE FROM kk WHERE k IS NULL;
