-- Sequence of a column of a type.
-- rows: s

-- before
CREATE TYPE st AS (x int, y text);
CREATE TABLE s (id serial, p st NOT NULL, q int);
ALTER SEQUENCE s_id_seq OWNED BY s.p;
INSERT INTO s (p) VALUES (ROW(1, 'a')), (ROW(2, 'b'));

-- up
DROP TYPE st CASCADE;
