-- Sequence as bigint used.
-- left: rows of public.sb that were written since
-- aside: 2
-- rows: sb

-- before
CREATE TABLE sb (id serial PRIMARY KEY);
INSERT INTO sb VALUES (DEFAULT), (DEFAULT);

-- up
ALTER TABLE sb ALTER id TYPE bigint;
ALTER SEQUENCE sb_id_seq AS bigint;
SELECT setval('sb_id_seq', 3000000000);

-- since
INSERT INTO sb VALUES (DEFAULT);

-- then
INSERT INTO sb VALUES (DEFAULT);
DO $$ BEGIN ASSERT (SELECT last_value = 3 FROM sb_id_seq); END $$;
DELETE FROM sb WHERE id = 3;
SELECT setval('sb_id_seq', 2);
