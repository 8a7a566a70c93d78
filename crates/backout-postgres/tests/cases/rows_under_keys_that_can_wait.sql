-- Rows change and go under keys that can be deferred.
-- rows: td WHERE id < 3
-- rows: tp

-- before
CREATE TABLE td (id int PRIMARY KEY, pos int UNIQUE DEFERRABLE INITIALLY DEFERRED);
INSERT INTO td VALUES (1, 1), (2, 2);
CREATE TABLE tp (id int PRIMARY KEY DEFERRABLE, pos int);
INSERT INTO tp VALUES (1, 1), (2, 2);

-- up
DELETE FROM td WHERE id = 2;
UPDATE tp SET pos = pos + 1;

-- since
INSERT INTO td VALUES (3, 3);
