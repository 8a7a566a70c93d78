-- Sequence of one used by another.
-- rows: so
-- rows: sx

-- before
CREATE TABLE so (id serial PRIMARY KEY, n int);
CREATE TABLE sx (x int PRIMARY KEY, y text);
ALTER SEQUENCE so_id_seq OWNED BY sx.y;
INSERT INTO so (n) VALUES (1), (2);
INSERT INTO sx VALUES (1, 'y');

-- up
ALTER TABLE sx DROP COLUMN y CASCADE;

-- since
INSERT INTO so VALUES (7, 7);
