-- Partition that goes before the whole has another type.
-- rows: wt3
-- rows: (SELECT * FROM wt WHERE t < 'c') s

-- before
CREATE TABLE wt (part int NOT NULL, o bool, t varchar(20)) PARTITION BY LIST (part);
CREATE TABLE wt3 PARTITION OF wt FOR VALUES IN (10);
CREATE TABLE wt4 PARTITION OF wt FOR VALUES IN (11);
INSERT INTO wt VALUES (10, NULL, 'a'), (11, true, 'b');

-- up
ALTER TABLE wt DETACH PARTITION wt3;
ALTER TABLE wt ALTER t TYPE text, ALTER t SET NOT NULL;
ALTER TABLE wt RENAME o TO oo;
DROP TABLE wt3;

-- since
INSERT INTO wt VALUES (11, false, 'c');
