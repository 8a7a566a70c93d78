-- Unique broken since.
-- left: constraint users_email_key on public.users does not come back
-- mend: as the undo says
-- rows: users

-- up
ALTER TABLE users DROP CONSTRAINT users_email_key;
CREATE INDEX users_email_key ON users (email);

-- since
INSERT INTO users (email) VALUES ('u1');

-- clean up
DELETE FROM users WHERE id > 20;
