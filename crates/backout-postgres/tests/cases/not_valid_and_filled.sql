-- Not valid and filled.
-- rows: nf

-- before
CREATE TABLE nv (id int PRIMARY KEY, n int, t text, u text);
INSERT INTO nv VALUES (1, 1, 't', 'u'), (2, 9, NULL, 'v');
ALTER TABLE nv ADD CONSTRAINT doubted CHECK (n > 3) NOT VALID;
ALTER TABLE nv ADD CONSTRAINT certain CHECK (id > 0);
CREATE TABLE nf (id int PRIMARY KEY, r int);
INSERT INTO nf VALUES (1, 77), (2, 1);
ALTER TABLE nf ADD FOREIGN KEY (r) REFERENCES nv NOT VALID;

-- up
DELETE FROM nf;
ALTER TABLE nv DROP COLUMN u;
DELETE FROM nv WHERE id = 1;
DELETE FROM nv WHERE n = 9;

-- since
INSERT INTO nv VALUES (5, 5, 's');
