-- Attribute added between changes.
-- rows: (SELECT * FROM at WHERE id < 9) s
-- rows: au

-- before
CREATE TYPE ct AS (a int);
CREATE TABLE at (id int PRIMARY KEY, x ct);
INSERT INTO at VALUES (1, ROW(1)), (2, NULL), (3, ROW(3));
CREATE TABLE au (x ct, n int);
INSERT INTO au VALUES (ROW(1), 1), (ROW(1), 1);

-- up
UPDATE at SET x = ROW(2) WHERE id < 3;
UPDATE au SET x.a = 2;
ALTER TYPE ct ADD ATTRIBUTE c text, ADD ATTRIBUTE d int;
UPDATE at SET x.c = 'z';
UPDATE au SET x.d = 5;
ALTER TYPE ct RENAME ATTRIBUTE c TO e;
INSERT INTO at VALUES (4, ROW(4, 'e', 4));

-- since
INSERT INTO at VALUES (9, ROW(1, 'since', NULL));
