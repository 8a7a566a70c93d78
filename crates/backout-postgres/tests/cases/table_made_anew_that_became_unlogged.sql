-- Table made anew that became unlogged.
-- rows: ul

-- before
CREATE TABLE ul (id serial PRIMARY KEY, gone text, kept text);
INSERT INTO ul (gone) SELECT i FROM generate_series(1, 9) i

-- up
ALTER TABLE ul SET UNLOGGED;
ALTER TABLE ul DROP COLUMN gone
