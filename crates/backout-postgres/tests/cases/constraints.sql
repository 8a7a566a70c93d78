-- Constraints.

-- up
ALTER TABLE posts DROP CONSTRAINT posts_state_check;
ALTER TABLE posts DROP CONSTRAINT posts_user_id_fkey;
ALTER TABLE users DROP CONSTRAINT users_email_key;
ALTER TABLE posts ADD CONSTRAINT c CHECK (length(title) > 0);
ALTER TABLE users ALTER COLUMN email DROP NOT NULL;
