-- Rules and state.
-- rows: posts

-- before
CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING;
ALTER TABLE posts DISABLE TRIGGER posts_touch;

-- up
DROP RULE r ON users;
ALTER TABLE posts ENABLE TRIGGER posts_touch;
DROP TABLE posts CASCADE;
