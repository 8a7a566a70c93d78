-- Not valid in a family.
-- rows: young
-- rows: youth

-- before
CREATE TABLE old (id serial PRIMARY KEY, n int);
CREATE TABLE young (a int, k int PRIMARY KEY, b int) INHERITS (old);
CREATE TABLE youth () INHERITS (old);
INSERT INTO old (n) VALUES (1);
INSERT INTO young VALUES (1, 2, 3, 4, 5);
INSERT INTO youth (n) VALUES (3), (4);
ALTER TABLE old ADD CONSTRAINT doubted CHECK (n > 3) NOT VALID;

-- up
ALTER TABLE young DROP COLUMN k CASCADE;

-- since
INSERT INTO old (n) VALUES (7);
