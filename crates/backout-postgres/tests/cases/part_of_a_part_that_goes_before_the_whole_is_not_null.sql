-- Part of a part that goes before the whole is not null.
-- rows: wp11

-- before
CREATE TABLE wp (a int NOT NULL, b int NOT NULL, o bool) PARTITION BY LIST (a);
CREATE TABLE wp1 PARTITION OF wp FOR VALUES IN (1) PARTITION BY LIST (b);
CREATE TABLE wp11 PARTITION OF wp1 FOR VALUES IN (1);
CREATE TABLE wp12 PARTITION OF wp1 FOR VALUES IN (2);
INSERT INTO wp VALUES (1, 1, NULL), (1, 2, true);

-- up
DROP TABLE wp11;
ALTER TABLE wp ALTER o SET NOT NULL;

-- since
INSERT INTO wp VALUES (1, 2, false);
