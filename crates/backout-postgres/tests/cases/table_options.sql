-- Table options.

-- up
ALTER TABLE posts SET (fillfactor = 70, autovacuum_enabled = off);
ALTER TABLE posts REPLICA IDENTITY FULL;
ALTER TABLE posts CLUSTER ON posts_user;
ALTER TABLE posts ALTER COLUMN title SET STATISTICS 500;
ALTER TABLE posts ALTER COLUMN title SET STORAGE EXTERNAL;
