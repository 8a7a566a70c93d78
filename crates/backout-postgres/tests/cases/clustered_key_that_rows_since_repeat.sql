-- Clustered key that rows since repeat.
-- left: does not come back
-- mend: as the undo says
-- rows: ck

-- before
CREATE TABLE ck (id int PRIMARY KEY, u int, CONSTRAINT cku UNIQUE (u));
ALTER TABLE ck CLUSTER ON cku;
COMMENT ON CONSTRAINT cku ON ck IS 'one';
COMMENT ON INDEX cku IS 'index';
ALTER INDEX cku SET (fillfactor = 60);
INSERT INTO ck SELECT i, i FROM generate_series(1, 9) i

-- up
UPDATE ck SET u = NULL

-- since
INSERT INTO ck VALUES (77, 7)

-- clean up
DELETE FROM ck WHERE id = 77;
