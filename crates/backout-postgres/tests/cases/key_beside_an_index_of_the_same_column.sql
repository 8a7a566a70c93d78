-- Key beside an index of the same column.
-- rows: n
-- rows: m

-- before
CREATE TABLE n (id int PRIMARY KEY, up int REFERENCES n, other int UNIQUE);
CREATE UNIQUE INDEX n_twin ON n (id);
CREATE TABLE m (n int REFERENCES n ON DELETE SET NULL (n));
INSERT INTO n VALUES (1, 1, 1);
INSERT INTO m VALUES (1);

-- up
ALTER TABLE n DROP CONSTRAINT n_pkey CASCADE;
