-- Drop both and type.
-- rows: posts
-- rows: users

-- up
DROP TABLE posts CASCADE;
DROP TABLE users CASCADE;
DROP TYPE mood;
DROP FUNCTION touch();
