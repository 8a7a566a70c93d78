-- Rename index constraint.

-- up
ALTER INDEX posts_user RENAME TO posts_u;
ALTER TABLE posts RENAME CONSTRAINT posts_pkey TO pk;
ALTER TRIGGER posts_touch ON posts RENAME TO tt;
