-- Unique values change, pass from row to row, or are those of deleted rows, while keys of other tables refer to them.
-- rows: pr
-- rows: pc
-- rows: ir
-- rows: ic
-- rows: passed
-- rows: taken
-- rows: mr
-- rows: mc

-- before
CREATE TABLE pr (id int PRIMARY KEY, sku text NOT NULL UNIQUE);
CREATE TABLE pc (id int PRIMARY KEY, sku text REFERENCES pr (sku) ON UPDATE CASCADE);
INSERT INTO pr VALUES (1, 'A'), (2, 'B');
INSERT INTO pc VALUES (1, 'A'), (2, 'B');
CREATE TABLE ir (id int PRIMARY KEY, sku text NOT NULL);
CREATE UNIQUE INDEX ir_sku ON ir (sku);
CREATE TABLE ic (id int PRIMARY KEY, sku text REFERENCES ir (sku));
INSERT INTO ir VALUES (1, 'A'), (2, 'B'), (3, 'C');
INSERT INTO ic VALUES (1, 'A');
CREATE TABLE passed (id int PRIMARY KEY, name text UNIQUE);
INSERT INTO passed VALUES (1, 'Pro new'), (2, 'Pro');
CREATE TABLE taken (id int PRIMARY KEY, name text UNIQUE);
INSERT INTO taken VALUES (1, 'Basic');
CREATE TABLE mr (id int PRIMARY KEY, sku text NOT NULL UNIQUE);
CREATE TABLE mc (id int PRIMARY KEY, sku text REFERENCES mr (sku) ON UPDATE CASCADE);
INSERT INTO mr VALUES (1, 'A'), (2, 'B');
INSERT INTO mc VALUES (1, 'A'), (2, 'B'), (3, 'A');

-- up
UPDATE pr SET sku = 'P-' || sku;
UPDATE ir SET sku = 'P-' || sku WHERE id > 1;
DELETE FROM passed WHERE id = 2;
UPDATE passed SET name = 'Pro' WHERE id = 1;
UPDATE taken SET name = 'Basic (legacy)' WHERE id = 1;
INSERT INTO taken VALUES (9, 'Basic');
DELETE FROM mc WHERE id = 1;
UPDATE mr SET sku = 'A2' WHERE id = 1;
