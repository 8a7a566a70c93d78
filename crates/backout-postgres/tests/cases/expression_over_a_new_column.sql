-- Expression over a new column.
-- from: 17
-- rows: (SELECT id, net, gross FROM xn) s

-- before
CREATE TABLE xn (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 2) STORED NOT NULL UNIQUE);
CREATE INDEX ON xn ((gross + 1));
CREATE VIEW xnv AS SELECT gross FROM xn;
INSERT INTO xn VALUES (1, 10), (2, 20);

-- up
ALTER TABLE xn ADD COLUMN tax int NOT NULL DEFAULT 3;
ALTER TABLE xn ALTER gross SET EXPRESSION AS (net * 2 + tax);
