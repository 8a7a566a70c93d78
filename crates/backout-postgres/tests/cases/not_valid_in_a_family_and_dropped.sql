-- Not valid in a family and dropped.
-- rows: young

-- before
CREATE TABLE old (id serial PRIMARY KEY, n int);
CREATE TABLE young (a int, k int PRIMARY KEY, b int) INHERITS (old);
INSERT INTO old (n) VALUES (1);
INSERT INTO young VALUES (1, 2, 3, 4, 5);
ALTER TABLE old ADD CONSTRAINT doubted CHECK (n > 3) NOT VALID;

-- up
DROP TABLE young;
