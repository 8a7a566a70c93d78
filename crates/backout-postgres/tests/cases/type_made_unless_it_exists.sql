-- Type made unless it exists.
-- aside: 1
-- rows: posts
-- rows: users

-- up
DROP TABLE posts CASCADE;
DROP TABLE users CASCADE;
DROP TYPE mood;
DO
  $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('new'); END IF; END $$;
CREATE TABLE moods (mood mood PRIMARY KEY);

-- since
INSERT INTO moods VALUES ('new');
