-- Rows of new keys lack a lost column.
-- rows: rk

-- before
CREATE TABLE rk (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), j jsonb NOT NULL, w text);
INSERT INTO rk (j, w) SELECT '{}', 'w' || i FROM generate_series(1, 4) i;

-- up
ALTER TABLE rk DROP COLUMN j;
UPDATE rk SET id = gen_random_uuid();
ALTER TABLE rk DROP COLUMN id;
