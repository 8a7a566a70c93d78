-- Virtual column made a stored one.
-- from: 18
-- rows: (SELECT id, net, gross FROM vs) s

-- before
CREATE TABLE vs (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 2) VIRTUAL);
INSERT INTO vs VALUES (1, 10), (2, 20);

-- up
ALTER TABLE vs DROP COLUMN gross;
ALTER TABLE vs ADD COLUMN gross int GENERATED ALWAYS AS (net * 2) STORED;
