-- Types around a column without key.
-- rows: tw
-- rows: tz

-- before
CREATE TABLE tw (x boolean, k int PRIMARY KEY, n int);
INSERT INTO tw VALUES (true, 1, 5), (false, 2, 6), (false, 3, 6);
CREATE TABLE tz (a int, b text, c numeric(6, 2));
INSERT INTO tz VALUES (1, 'b', 2.5), (2, 'c', 3);

-- up
ALTER TABLE tw ALTER x TYPE text;
ALTER TABLE tw DROP COLUMN k CASCADE;
ALTER TABLE tz DROP COLUMN b;
ALTER TABLE tz ALTER c TYPE text;
