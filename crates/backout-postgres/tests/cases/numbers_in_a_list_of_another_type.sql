-- Numbers in a list of another type.
-- rows: nl

-- before
CREATE TABLE nl (id int PRIMARY KEY, n int CHECK (n IN (1, 2, -3)), k int, b bigint CHECK (b IN (1,
  5000000000)));
CREATE INDEX nli ON nl (k) WHERE k IN (1, 2);
ALTER TABLE nl ALTER n TYPE bigint, ALTER k TYPE numeric, ALTER b TYPE numeric;
CREATE VIEW nlv AS SELECT id FROM nl WHERE n IN (1, 2);
INSERT INTO nl VALUES (1, 1, 2, 1);

-- up
ALTER TABLE nl DROP COLUMN n CASCADE, DROP COLUMN k, DROP COLUMN b;
