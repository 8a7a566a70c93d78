-- Type lossy.
-- rows: m

-- before
CREATE TABLE m (id int PRIMARY KEY, v numeric);
INSERT INTO m VALUES (1, 1.5), (2, 2);

-- up
ALTER TABLE m ALTER COLUMN v TYPE int;
