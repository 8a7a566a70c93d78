-- Extensions with operators made.
-- needs: trigrams
-- aside: 21
-- rows: users

-- up
CREATE EXTENSION pg_trgm;
CREATE EXTENSION ltree;
ALTER TABLE users ADD COLUMN path ltree;
UPDATE users SET path = 'a.b';
CREATE INDEX users_path ON users USING gist (path);
CREATE INDEX users_trgm ON users USING gin (email gin_trgm_ops);

-- since
INSERT INTO users (email, path) VALUES ('n', 'c.d');
