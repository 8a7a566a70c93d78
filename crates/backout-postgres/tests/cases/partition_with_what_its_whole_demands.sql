-- Partition with what its whole demands.
-- rows: pp1
-- rows: pp2
-- rows: ppd

-- before
CREATE TABLE pp (a int NOT NULL, id serial, b int CHECK (b > 0), u int REFERENCES users, PRIMARY KEY (a, id),
  UNIQUE (a, b), CONSTRAINT b2 CHECK (a < 9 OR b < 9)) PARTITION BY LIST (a);
CREATE TABLE pp1 PARTITION OF pp FOR VALUES IN (1);
CREATE TABLE pp2 PARTITION OF pp (CONSTRAINT own CHECK (id > 0)) FOR VALUES IN (2);
CREATE TABLE ppd PARTITION OF pp DEFAULT;
INSERT INTO pp (a, b) VALUES (1, 1), (2, 2), (3, 3);

-- up
DROP TABLE pp1;
CREATE TABLE anew (LIKE pp2 INCLUDING ALL);
INSERT INTO anew SELECT * FROM pp2;
DROP TABLE pp2;
ALTER TABLE anew RENAME TO pp2;
ALTER TABLE pp DETACH PARTITION ppd;

-- since
INSERT INTO pp2 VALUES (2, 77, 5);
