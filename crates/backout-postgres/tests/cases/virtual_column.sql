-- Virtual column.
-- from: 18
-- rows: (SELECT id, net, gross FROM vc WHERE id < 3) s

-- before
CREATE TABLE vc (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 2), note text);
INSERT INTO vc VALUES (1, 10), (2, 20);
CREATE VIEW vcv AS SELECT id, gross FROM vc;

-- up
DROP VIEW vcv;
ALTER TABLE vc DROP COLUMN gross;
ALTER TABLE vc ADD COLUMN half int GENERATED ALWAYS AS (net / 2) VIRTUAL;

-- since
INSERT INTO vc (id, net) VALUES (3, 30);
