-- Checks of fosters.
-- rows: ck_c
-- rows: ck_b

-- before
CREATE TABLE ck_a (id int, w text);
CREATE TABLE ck_b (x int) INHERITS (ck_a);
CREATE TABLE ck_c (y int) INHERITS (ck_b);
INSERT INTO ck_c VALUES (1, 'a');
INSERT INTO ck_b VALUES (2, 'b');

-- up
ALTER TABLE ck_a ADD CONSTRAINT k CHECK (w IS NOT NULL OR w IS NULL);
DROP TABLE ck_c;
ALTER TABLE ck_a ADD CONSTRAINT l CHECK (id > 0);
DROP TABLE ck_b;
