-- Rows put where a lost column refers.
-- rows: ra
-- rows: rb

-- before
CREATE TABLE ra (id int PRIMARY KEY, n int);
CREATE TABLE rb (id int PRIMARY KEY, ra int REFERENCES ra);
INSERT INTO ra VALUES (1, 1);
INSERT INTO rb VALUES (1, 1);

-- up
ALTER TABLE ra DROP COLUMN n;
ALTER TABLE rb DROP COLUMN ra;
INSERT INTO ra VALUES (3);
