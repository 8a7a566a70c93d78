-- Domain inside a type.
-- rows: dh

-- before
CREATE DOMAIN must AS int NOT NULL;
CREATE TYPE holds AS (m must);
CREATE TABLE dh (id int PRIMARY KEY, h holds);
INSERT INTO dh VALUES (1, ROW(2));

-- up
DROP TABLE dh;
DROP TYPE holds;
DROP DOMAIN must;
