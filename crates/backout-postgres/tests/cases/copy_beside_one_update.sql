-- Rows are copied in beside the one UPDATE of the migration, which fills a new column.
-- rows: fresh

-- before
CREATE TABLE fresh (id int PRIMARY KEY, name text);
INSERT INTO fresh VALUES (1, 'a');

-- up
ALTER TABLE fresh ADD COLUMN code text;
UPDATE fresh SET code = name;
COPY fresh (id, name, code) FROM stdin;
2	b	b
\.
COMMENT ON TABLE fresh IS 'copied into';

-- then
DO $$ BEGIN IF EXISTS (SELECT FROM fresh WHERE id = 2) THEN RAISE EXCEPTION 'what was copied in stays'; END IF; END $$;
