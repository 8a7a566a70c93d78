-- Partition that goes before the whole is not null.
-- rows: wn3
-- rows: (SELECT * FROM wn WHERE t < 'c') s

-- before
CREATE TABLE wn (part int NOT NULL, o bool, t varchar(20)) PARTITION BY LIST (part);
CREATE TABLE wn3 PARTITION OF wn FOR VALUES IN (10);
CREATE TABLE wn4 PARTITION OF wn FOR VALUES IN (11);
INSERT INTO wn VALUES (10, NULL, 'a'), (11, true, 'b');

-- up
DROP TABLE wn3 CASCADE;
ALTER TABLE wn ALTER o SET NOT NULL;

-- since
INSERT INTO wn VALUES (11, false, 'c');
