-- Type int bigint.
-- rows: users

-- up
DROP VIEW recent;
DROP POLICY via ON users;
ALTER TABLE posts DROP CONSTRAINT posts_user_id_fkey;
ALTER TABLE users ALTER COLUMN id TYPE bigint;
