-- Published family dropped.
-- rows: pg1

-- before
CREATE TABLE pf (a int PRIMARY KEY);
CREATE TABLE pg1 (b int) INHERITS (pf);
CREATE PUBLICATION pfp FOR TABLE pf;
INSERT INTO pg1 VALUES (1, 2);

-- up
DROP TABLE pf CASCADE;
