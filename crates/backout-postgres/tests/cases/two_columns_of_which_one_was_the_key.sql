-- Two columns of which one was the key.
-- rows: tk

-- before
CREATE TABLE tk (k int PRIMARY KEY, v text, w int);
INSERT INTO tk VALUES (1, 'a', 7), (2, 'b', 8), (3, 'b', 8);

-- up
ALTER TABLE tk DROP COLUMN w;
ALTER TABLE tk DROP COLUMN k;
ALTER TABLE tk ADD COLUMN z int;
INSERT INTO tk (z) VALUES (5);
DELETE FROM tk WHERE z = 5;
