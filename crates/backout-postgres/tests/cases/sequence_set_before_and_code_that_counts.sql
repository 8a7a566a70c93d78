-- Sequence set before and code that counts.
-- rows: st
-- rows: sc

-- before
CREATE TABLE sc (p int);
CREATE TABLE st (id serial PRIMARY KEY, p int);
INSERT INTO st VALUES (1, 1);
SELECT setval('st_id_seq', 2, false);

-- up
DO $$ BEGIN INSERT INTO st (p) VALUES (7); END $$;
