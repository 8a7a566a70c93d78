-- Sequence beneath its minimum.

-- before
CREATE SEQUENCE sm AS smallint MINVALUE 5 MAXVALUE 50 START 7;

-- up
ALTER SEQUENCE sm AS bigint INCREMENT -2 MINVALUE -99999 MAXVALUE 40 RESTART 5;

-- since
SELECT setval('sm', -70000);

-- then
DO $$ BEGIN ASSERT (SELECT last_value = 5 FROM sm); END $$;
