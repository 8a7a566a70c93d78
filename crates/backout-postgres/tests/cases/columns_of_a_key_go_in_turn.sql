-- Columns of a key go in turn.
-- rows: kz

-- before
CREATE TABLE kz (id int, a text, b varchar(9), PRIMARY KEY (id, b));
INSERT INTO kz SELECT i, 'a' || i, 'b' || i FROM generate_series(1, 6) i;

-- up
ALTER TABLE kz DROP COLUMN a;
ALTER TABLE kz DROP COLUMN b CASCADE;
