-- Type by a mapping in families.
-- rows: fa
-- rows: fb
-- rows: ga

-- before
CREATE TABLE fa (id int PRIMARY KEY, ok boolean, n int);
CREATE TABLE fb (x int) INHERITS (fa);
INSERT INTO fa VALUES (1, true, 5), (2, false, 6);
INSERT INTO fb VALUES (1, false, 5, 9), (2, true, 6, 9), (3, NULL, 7, 9);
CREATE TABLE ga (id int, ok boolean, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE ga1 PARTITION OF ga FOR VALUES FROM (0) TO (10);
CREATE TABLE ga2 PARTITION OF ga FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
CREATE TABLE ga3 PARTITION OF ga2 DEFAULT;
INSERT INTO ga SELECT i, i % 2 = 0 FROM generate_series(1, 19) i;

-- up
ALTER TABLE fa ALTER ok TYPE text USING CASE WHEN ok THEN 'good' ELSE 'bad' END;
ALTER TABLE ga ALTER ok TYPE text USING CASE WHEN ok THEN 'good' ELSE 'bad' END;

-- since
INSERT INTO ga VALUES (0, 'true');
