-- Drop table cascade.
-- rows: posts

-- up
DROP TABLE posts CASCADE;

-- since
INSERT INTO users (email) VALUES ('new');
