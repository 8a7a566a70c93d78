-- Default by a function.
-- rows: users

-- before
CREATE FUNCTION made_up() RETURNS text LANGUAGE sql AS 'SELECT md5(random()::text)';
ALTER TABLE users ADD COLUMN fast int DEFAULT 7;

-- up
ALTER TABLE users ADD COLUMN inbox text NOT NULL DEFAULT made_up();
ALTER TABLE users ADD CONSTRAINT inboxes UNIQUE (inbox);
