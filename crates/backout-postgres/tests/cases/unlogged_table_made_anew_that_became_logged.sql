-- Unlogged table made anew that became logged.
-- rows: ul

-- before
CREATE UNLOGGED TABLE ul (id serial PRIMARY KEY, gone text, kept text, n int GENERATED ALWAYS AS IDENTITY);
INSERT INTO ul (gone) SELECT i FROM generate_series(1, 9) i

-- up
ALTER TABLE ul SET LOGGED;
ALTER TABLE ul DROP COLUMN gone
