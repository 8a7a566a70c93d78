-- Key of an odd name over rows since.
-- left: constraint "a.b_pkey" on public."a.b" does not come back
-- mend: as the undo says

-- before
CREATE TABLE "a.b" (k int, n int, CONSTRAINT "a.b_pkey" PRIMARY KEY (k));
INSERT INTO "a.b" VALUES (1, 1), (2, 2);

-- up
ALTER TABLE "a.b" DROP COLUMN k;

-- since
INSERT INTO "a.b" VALUES (3), (4);

-- clean up
DELETE FROM "a.b" WHERE k IS NULL;
