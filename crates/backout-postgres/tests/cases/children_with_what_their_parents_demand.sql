-- Children with what their parents demand.
-- rows: pr1
-- rows: pr2

-- before
CREATE TABLE pq (a int, b int CHECK (b > 0));
CREATE TABLE pr1 (c int) INHERITS (pq);
CREATE TABLE pr2 (c int) INHERITS (pq);
INSERT INTO pr1 VALUES (1, 1, 1);
INSERT INTO pr2 VALUES (2, 2, 2);

-- up
DROP TABLE pr1;
ALTER TABLE pr2 NO INHERIT pq;
ALTER TABLE pq ADD CONSTRAINT more CHECK (a > 0);
