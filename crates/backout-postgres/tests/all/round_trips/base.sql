-- What every case begins with.

CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE users (id serial PRIMARY KEY, email varchar(80) UNIQUE NOT NULL, mood mood DEFAULT 'ok',
  note text);
CREATE TABLE posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id int NOT NULL REFERENCES users ON DELETE CASCADE, title text NOT NULL,
  state varchar(10) DEFAULT 'new' CHECK (state IN ('new', 'old')), at timestamptz DEFAULT '2026-01-01');
CREATE INDEX posts_user ON posts (user_id);
CREATE INDEX posts_title ON posts (lower(title)) WHERE state IN ('new', 'old');
CREATE VIEW recent AS SELECT p.id, p.title, u.email FROM posts p JOIN users u ON u.id = p.user_id WHERE
  p.state IN ('new', 'old');
COMMENT ON TABLE posts IS 'what they wrote';
COMMENT ON COLUMN posts.title IS 'it''s a title';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at = now(); RETURN NEW; END $$;
CREATE TRIGGER posts_touch BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON posts FOR SELECT USING (user_id = 1 OR state IN ('new', 'old'));
CREATE POLICY via ON users USING (EXISTS (SELECT 1 FROM posts WHERE posts.user_id = users.id));
GRANT SELECT ON posts TO PUBLIC;
GRANT SELECT (id, email) ON users TO PUBLIC;
CREATE STATISTICS posts_stat ON user_id, state FROM posts;
INSERT INTO users (email) SELECT 'u' || i FROM generate_series(1, 20) i;
INSERT INTO posts (user_id, title) SELECT 1 + i % 20, 't' || i FROM generate_series(1, 200) i;
