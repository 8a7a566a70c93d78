-- Key of a partitioned table.
-- rows: pk1
-- rows: pt

-- before
CREATE TABLE pk1 (id int PRIMARY KEY);
CREATE TABLE pt (id int REFERENCES pk1 DEFERRABLE, p int, CHECK (p > 0)) PARTITION BY LIST (p);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES IN (1);
INSERT INTO pk1 VALUES (1);
INSERT INTO pt VALUES (1, 1);

-- up
DROP TABLE pk1 CASCADE;
ALTER TABLE pt DROP CONSTRAINT pt_p_check;
