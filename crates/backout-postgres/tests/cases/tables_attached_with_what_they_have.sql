-- Tables that were there are attached, with a key, checks and columns of their own, or without what the whole has.
-- rows: own1
-- rows: lacks1
-- rows: other1
-- rows: kid
-- rows: named

-- before
CREATE TABLE own (id int, at int, CONSTRAINT positive CHECK (id > 0), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE own1 (id int, at int, CONSTRAINT positive CHECK (id > 0), CONSTRAINT own1_pkey PRIMARY KEY (id, at));
INSERT INTO own1 VALUES (1, 1);
CREATE TABLE lacks (id int, at int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX lacks_at ON lacks (at);
CREATE TABLE lacks1 (id int NOT NULL, at int NOT NULL);
INSERT INTO lacks1 VALUES (1, 1);
CREATE TABLE other (id int, at int) PARTITION BY RANGE (at);
CREATE TABLE other1 (id int, moment int);
INSERT INTO other1 VALUES (1, 1);
CREATE TABLE base (a int);
CREATE TABLE kid (x int);
INSERT INTO kid VALUES (1);
CREATE TABLE named (id int, at int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE named1 (id int, at int, CONSTRAINT its_own PRIMARY KEY (id, at));
ALTER TABLE named ATTACH PARTITION named1 FOR VALUES FROM (0) TO (10);
INSERT INTO named VALUES (1, 1);

-- up
ALTER TABLE own ATTACH PARTITION own1 FOR VALUES FROM (0) TO (10);
ALTER TABLE lacks ATTACH PARTITION lacks1 FOR VALUES FROM (0) TO (10);
ALTER TABLE other1 RENAME moment TO at;
ALTER TABLE other ATTACH PARTITION other1 FOR VALUES FROM (0) TO (10);
ALTER TABLE kid RENAME x TO a;
ALTER TABLE kid INHERIT base;
ALTER TABLE named DETACH PARTITION named1;

-- since
INSERT INTO own VALUES (2, 2);
