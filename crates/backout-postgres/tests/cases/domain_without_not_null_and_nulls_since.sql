-- Domain without not null and nulls since.
-- left: does not come back
-- mend: as the undo says
-- rows: dnt WHERE id < 9

-- before
CREATE DOMAIN dn AS int NOT NULL;
CREATE TABLE dnt (id int PRIMARY KEY, v dn DEFAULT 1);
INSERT INTO dnt VALUES (1, 1), (2, 2);

-- up
ALTER DOMAIN dn DROP NOT NULL;
UPDATE dnt SET v = NULL;

-- since
INSERT INTO dnt VALUES (77, NULL);

-- then
DELETE FROM dnt WHERE id = 77;
