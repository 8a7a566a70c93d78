-- Child made under a check in doubt.
-- rows: pu

-- before
CREATE TABLE pt (a int, b text);
CREATE TABLE pu (c int) INHERITS (pt);
ALTER TABLE pt ADD CONSTRAINT doubt CHECK (a IS NOT NULL) NOT VALID;
INSERT INTO pu VALUES (1, 'b', 2);

-- up
UPDATE pu SET b = NULL;
CREATE TABLE pv (d int) INHERITS (pt);

-- since
INSERT INTO pv VALUES (1, 'since');
