-- Rows are copied in beside the one UPDATE of the migration.
-- rows: old

-- before
CREATE TABLE old (id int PRIMARY KEY, name text, other text);
INSERT INTO old VALUES (1, 'a', 'o');

-- up
UPDATE old SET name = name || 'x';
COPY old (id, name) FROM stdin;
2	b
\.
COMMENT ON TABLE old IS 'copied into';

-- then
DO $$ BEGIN IF EXISTS (SELECT FROM old WHERE id = 2) THEN RAISE EXCEPTION 'what was copied in stays'; END IF; END $$;
