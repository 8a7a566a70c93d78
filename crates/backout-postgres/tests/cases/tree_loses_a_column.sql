-- Tree loses a column.
-- verdict: order of the columns of public.pt2
-- rows: pt1

-- before
CREATE TABLE pt (id int, p int, v text, w text, PRIMARY KEY (id, p)) PARTITION BY LIST (p);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES IN (1);
CREATE TABLE pt2 (w text, p int NOT NULL, id int NOT NULL, v text);
ALTER TABLE pt ATTACH PARTITION pt2 FOR VALUES IN (2);
INSERT INTO pt SELECT i, 1 + i % 2, 'v' || i, 'w' FROM generate_series(1, 20) i;

-- up
ALTER TABLE pt DROP COLUMN w;

-- since
INSERT INTO pt VALUES (99, 1, 'n');
