-- Rows changed before their key went.
-- rows: rk

-- before
CREATE TABLE rk (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n jsonb);
INSERT INTO rk (n) SELECT to_jsonb(i) FROM generate_series(1, 5) i;
ALTER TABLE rk ALTER id TYPE text;

-- up
UPDATE rk SET n = '{}';
ALTER TABLE rk DROP COLUMN id CASCADE;
