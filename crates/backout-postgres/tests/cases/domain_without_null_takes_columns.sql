-- Domain without null takes columns.
-- rows: dm
-- rows: dn

-- before
CREATE DOMAIN must AS int NOT NULL CHECK (VALUE > 0);
CREATE TABLE dm (id int PRIMARY KEY, a must, b text);
INSERT INTO dm VALUES (1, 5, 'b'), (2, 6, 'c');
CREATE TABLE dn (a must, b text);
INSERT INTO dn VALUES (1, 'b');

-- up
DROP DOMAIN must CASCADE;
