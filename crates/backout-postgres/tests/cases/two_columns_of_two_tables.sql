-- Two columns of two tables.
-- rows: l
-- rows: r

-- before
CREATE TABLE l (a int, b text, c int PRIMARY KEY, d text);
CREATE TABLE r (a int REFERENCES l (c), b text, c int PRIMARY KEY);
ALTER TABLE l ADD FOREIGN KEY (a) REFERENCES r (c);
INSERT INTO l SELECT NULL, 'l' || i, i, 'd' FROM generate_series(1, 9) i;
INSERT INTO r SELECT i, 'r', i FROM generate_series(1, 9) i;
UPDATE l SET a = c;

-- up
ALTER TABLE l DROP COLUMN b, DROP COLUMN a;
ALTER TABLE r DROP COLUMN a;
ALTER TABLE r RENAME TO rr;
ALTER TABLE rr RENAME c TO cc;

-- since
INSERT INTO rr (cc) VALUES (77);
INSERT INTO l (c) VALUES (78);
