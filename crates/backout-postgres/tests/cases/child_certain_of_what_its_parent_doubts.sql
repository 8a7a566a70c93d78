-- Child certain of what its parent doubts.
-- rows: dp
-- rows: dq
-- rows: dr

-- before
CREATE TABLE dp (id serial PRIMARY KEY, n int);
INSERT INTO dp (n) VALUES (77), (1);
ALTER TABLE dp ADD CONSTRAINT doubt CHECK (n <> 77) NOT VALID;
CREATE TABLE dq (a int, b int) INHERITS (dp);
INSERT INTO dq (n, a) VALUES (1, 2);
CREATE TABLE dr (id int PRIMARY KEY) INHERITS (dp);

-- up
DROP TABLE dq;
DROP TABLE dr;
