-- Columns around an update without key.
-- rows: tq

-- before
CREATE DOMAIN elf AS integer;
CREATE TABLE tq (id serial PRIMARY KEY, w elf NOT NULL, a smallint, b numeric(6, 2));
INSERT INTO tq (w, a, b) SELECT i % 3, i % 2, 1.5 FROM generate_series(1, 20) i;
INSERT INTO tq (w, a, b) VALUES (1, NULL, NULL), (31, 1, 1.5);

-- up
ALTER TABLE tq DROP COLUMN id CASCADE;
UPDATE tq SET w = 31;
ALTER TABLE tq DROP COLUMN w;
