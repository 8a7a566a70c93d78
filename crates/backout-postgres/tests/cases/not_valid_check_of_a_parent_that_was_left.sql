-- Not valid check of a parent that was left.
-- rows: nc

-- before
CREATE TABLE nv (id int, w text);
CREATE TABLE nc (x int) INHERITS (nv);
INSERT INTO nc VALUES (1, 'long', 1);
ALTER TABLE nv ADD CONSTRAINT nvc CHECK (length(w) < 3) NOT VALID

-- up
ALTER TABLE nc NO INHERIT nv

-- since
INSERT INTO nc VALUES (2, 'w', 2);
DELETE FROM nc WHERE id = 2
