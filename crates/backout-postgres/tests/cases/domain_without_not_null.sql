-- Domain without not null.
-- rows: dnt

-- before
CREATE DOMAIN dn AS int NOT NULL;
CREATE TABLE dnt (id int PRIMARY KEY, v dn DEFAULT 1);
INSERT INTO dnt VALUES (1, 1), (2, 2);

-- up
ALTER DOMAIN dn DROP NOT NULL;
UPDATE dnt SET v = NULL;
CREATE TABLE dnn (id int PRIMARY KEY, v dn);

-- since
INSERT INTO dnn VALUES (1, NULL);
