-- Sequence as bigint.
-- rows: sb

-- before
CREATE TABLE sb (id serial PRIMARY KEY);
INSERT INTO sb VALUES (DEFAULT), (DEFAULT);

-- up
ALTER SEQUENCE sb_id_seq AS bigint MAXVALUE 99999999999;

-- since
SELECT setval('sb_id_seq', 5000000000);

-- then
DO $$ BEGIN ASSERT (SELECT last_value = 2 AND is_called FROM sb_id_seq); END $$;
