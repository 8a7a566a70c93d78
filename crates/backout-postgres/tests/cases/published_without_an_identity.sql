-- Published without an identity.
-- rows: pw
-- rows: pv

-- before
CREATE TABLE pw (a text, b text UNIQUE, c int);
INSERT INTO pw VALUES ('a', 'b', 1), ('a', 'c', 2);
CREATE PUBLICATION pwp FOR TABLE pw;
CREATE TABLE pv (a int, b text);
CREATE UNIQUE INDEX pvi ON pv (a);
ALTER TABLE pv ALTER a SET NOT NULL;
ALTER TABLE pv REPLICA IDENTITY USING INDEX pvi;
ALTER PUBLICATION pwp ADD TABLE pv;

-- up
ALTER TABLE pw DROP COLUMN c;
ALTER TABLE pv DROP COLUMN b;
