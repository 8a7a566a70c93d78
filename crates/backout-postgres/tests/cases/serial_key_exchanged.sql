-- Serial key exchanged.

-- before
CREATE TABLE d (id serial PRIMARY KEY, a int NOT NULL);
INSERT INTO d (a) SELECT i FROM generate_series(1, 5) i;
CREATE UNIQUE INDEX d_a ON d (a);

-- up
ALTER TABLE d DROP CONSTRAINT d_pkey, ADD CONSTRAINT d_pkey PRIMARY KEY USING INDEX d_a, DROP COLUMN id;
