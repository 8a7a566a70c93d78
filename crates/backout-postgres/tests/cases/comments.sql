-- Comments.

-- up
COMMENT ON TABLE posts IS NULL;
COMMENT ON COLUMN posts.title IS 'other';
COMMENT ON INDEX posts_user IS 'i';
