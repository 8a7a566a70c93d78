-- Sequence as bigint set.
-- rows: sb

-- before
CREATE TABLE sb (id serial PRIMARY KEY);
INSERT INTO sb VALUES (DEFAULT), (DEFAULT);

-- up
ALTER TABLE sb ALTER id TYPE bigint;
ALTER SEQUENCE sb_id_seq AS bigint;
SELECT setval('sb_id_seq', 3000000000);

-- then
DO $$ BEGIN ASSERT (SELECT last_value = 2 AND is_called FROM sb_id_seq); END $$;
