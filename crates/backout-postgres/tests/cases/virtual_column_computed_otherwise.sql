-- Virtual column computed otherwise.
-- from: 18
-- rows: (SELECT id, net, gross FROM ve) s

-- before
CREATE TABLE ve (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 2) VIRTUAL);
INSERT INTO ve VALUES (1, 10), (2, 20);

-- up
ALTER TABLE ve ALTER gross SET EXPRESSION AS (net * 3);
