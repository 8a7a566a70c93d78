-- Sequence passes to a new table.
-- rows: sq

-- before
CREATE TABLE sq (id serial PRIMARY KEY, n int);
INSERT INTO sq (n) VALUES (1);

-- up
CREATE TABLE sr (w numeric);
ALTER SEQUENCE sq_id_seq OWNED BY sr.w;

-- since
INSERT INTO sr VALUES (1);
INSERT INTO sq (n) VALUES (2);
