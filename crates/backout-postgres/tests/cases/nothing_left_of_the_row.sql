-- Nothing left of the row.
-- verdict: 1 inserted
-- rows: one

-- before
CREATE TABLE one (v inet);
INSERT INTO one VALUES ('10.0.0.1');

-- up
ALTER TABLE one DROP COLUMN v;
ALTER TABLE one ADD COLUMN z int;
INSERT INTO one (z) VALUES (5);
